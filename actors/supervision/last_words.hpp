#pragma once

// What the process says when it ends without memory for more.

#include <string_view>

namespace observer {

/// From now on they are a JSON object, as the log's lines are.
void last_words_in_json(bool json) noexcept;

/// A line on standard error. Allocates nothing, and waits for nobody but the
/// reader of standard error. `text` needs no escape in JSON.
void say_last_words(std::string_view text) noexcept;

} // namespace observer
