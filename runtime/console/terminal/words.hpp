#pragma once

// The words of the terminal's own layout in the reader's language; those of
// the domain are in runtime/console/terms.hpp. The key is the English text
// itself, so what has no translation is shown in English.

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "runtime/console/terms.hpp"

namespace observer::terminal {

using observer::language;

std::string_view say(language in, std::string_view english);

/// The same with `{0}`, `{1}`, … replaced; a translation may turn their order.
template <class... Args>
std::string say(language in, std::string_view english, const Args&... args) {
  return fmt::format(fmt::runtime(say(in, english)), args...);
}

/// All of them, in English and Korean.
std::span<const std::pair<std::string_view, std::string_view>> layout_words();

/// `session 1` by the reader's word for it.
std::string session_name(language in, std::string_view name);
/// Why a request had no answer, as daemon_client says it, in the reader's
/// language; words of the system that are not known stay, in quotes.
std::string contact_words(language in, std::string_view why);
/// Somebody else's words, as they are: “…”. Empty stays empty.
std::string in_quotes(std::string_view original);
/// The first letter as a capital; for headings in English.
std::string capital(std::string text);

/// Korean for "ko" and "ko_KR.UTF-8". One that names another encoding, as
/// ko_KR.eucKR, has a terminal that would show our Korean as garbage.
language language_of_locale(std::string_view locale);
/// That of LC_ALL, LC_MESSAGES or LANG, the first that is set.
language language_of_environment();

} // namespace observer::terminal
