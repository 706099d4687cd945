#pragma once

// The words of the console in the reader's language. The key is the English
// text itself, so what has no translation is shown in English.

#include <string_view>

namespace observer::terminal {

enum class language { english, korean };

std::string_view say(language in, std::string_view english);

/// Korean where LC_ALL, LC_MESSAGES or LANG, the first that is set, starts
/// with "ko".
language language_of_environment();

} // namespace observer::terminal
