#pragma once

// What copying a value leaves around it: blanks of any script, a byte order mark,
// quotes, and the rest of the line of a `.env` file that it stood in.

#include <string>
#include <string_view>

#include "runtime/settings/table.hpp"

namespace observer {

struct pasted_value {
  /// A part of the text that was given.
  std::string_view text;
  /// What stood around it and is worth a word: `comment and quotes`. Empty if
  /// nothing, or blanks where they mean nothing anyway.
  std::string taken_off;
};

/// The value of `s` that `text` means. Taken off is only what cannot be part of
/// such a value; a password (a secret that may hold blanks) stays as it is.
pasted_value pasted(const setting& s, std::string_view text);

} // namespace observer
