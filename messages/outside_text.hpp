#pragma once

// Text that came from outside, where it is kept or shown: the wire, a peer of
// the HTTP service, a file's name, a setting. One rule: bounded in bytes, valid
// UTF-8, one line, nothing in it steers a terminal, and it holds no secret
// (redact.hpp; masked before it is cut). What was left out is
// said: `0|H0STCNT0|001|005930^09… (of 2097152 bytes)`.
//
// Whoever puts such text into a sentence of its own names it as a *value*; what
// is kept as a whole (an event's detail, a close reason) is bounded as *words*,
// whoever wrote it. Both may be applied to what was bounded before.

#include <cstddef>
#include <string>
#include <string_view>

namespace observer {

/// Bytes of a value that is named within a sentence.
inline constexpr size_t outside_value_bytes = 200;
/// Bytes of a text that is kept or shown as a whole.
inline constexpr size_t outside_words_bytes = 1'000;
/// What the note of a cut takes at most: a result is never longer than its
/// bound and this.
inline constexpr size_t outside_note_bytes = 40;

/// Appends `text`, in UTF-8 if it came in CP949 (see korean_text.hpp): control
/// characters (C0, DEL, C1, line and paragraph separators, marks that turn the
/// direction of writing) and bytes that are no text as `\xNN` by byte; of a longer text so many whole characters as give
/// `bytes_max` bytes, with a note of its size. Reads no more of it than it
/// needs. Applied again, with the same bound or a larger one, it changes
/// nothing.
void append_outside_text(std::string& out, std::string_view text,
                         size_t bytes_max = outside_words_bytes);

std::string outside_text(std::string_view text,
                         size_t bytes_max = outside_words_bytes);

inline std::string outside_value(std::string_view text) {
  return outside_text(text, outside_value_bytes);
}

/// What a command prints as a whole, lines of ours that name things from outside:
/// each line as above, however long.
std::string lines_for_terminal(std::string_view text);
/// The same of JSON: nothing is lost, it stands as `\uXXXX`. Masks nothing.
std::string json_for_terminal(std::string json);
/// One character that steers a terminal, of up to three bytes, as `\uXXXX`.
void append_json_escape(std::string& out, std::string_view character);

/// Length of the valid UTF-8 sequence at `at`, below the text's size; 0 if there
/// is none.
size_t utf8_length(std::string_view text, size_t at);

/// Whether a terminal may take this one character for an order: a control
/// character, a separator of lines, a mark that turns the direction of writing.
bool steers_terminal(std::string_view character);

/// The longest beginning of `text` that has at most `bytes_max` bytes and ends
/// within no character: for what is kept byte by byte.
std::string_view utf8_prefix(std::string_view text, size_t bytes_max);

} // namespace observer
