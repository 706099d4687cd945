#pragma once

// A strict JSON reader without a tree: it walks one text from left to right,
// hands out the fields that are asked for and proves the rest. A value is a
// view into the text, so the text must outlive what was read from it.
//
// Stricter than most readers, because it judges: invalid UTF-8, a lone
// surrogate, a control character, 01, +1, 1., a key written twice, a key that
// hides behind an escape, an object deeper than `depth_max` are all errors.
// After the first error every call fails and the error stays.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace observer::audit {

enum class json_kind : uint8_t {
  object,
  array,
  string,
  number,
  boolean,
  null,
  /// Nothing that starts a value, or the end of the text.
  none,
};

class json_cursor {
public:
  static constexpr uint32_t depth_max = 32;

  /// Starts over on `text`. Keeps its buffers: make one cursor, use it often.
  void reset(std::string_view text);

  /// What the next value is, without reading it.
  json_kind peek();

  /// The characters between the quotes, escapes checked but not replaced.
  bool read_string(std::string_view& raw);
  /// The digits as they stand.
  bool read_number(std::string_view& digits);
  /// True and the value when the next number is whole and has at most 18
  /// digits (three of them add up in an int64_t). False without an error, and
  /// the number passed over, when it is a number of another form.
  bool read_integer(int64_t& value);
  /// Reads and proves one value of any kind.
  bool skip();

  /// Enters an array; then `while (next_element(first))` before each element.
  bool open_array();
  bool next_element(bool& first);

  /// Only white space is left.
  bool finish();

  bool ok() const {
    return error_ == nullptr;
  }
  /// What is wrong, nullptr when nothing is, and at which byte of the text.
  const char* error() const {
    return error_;
  }
  size_t error_offset() const {
    return error_offset_;
  }

private:
  friend class json_object;

  bool fail(const char* what);
  void skip_space();
  bool read_escape();
  bool read_wide_character();
  bool skip_literal(std::string_view word);
  bool enter();

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  const char* error_ = nullptr;
  size_t error_offset_ = 0;
  uint32_t depth_ = 0;
  /// The unknown keys of the objects being read, innermost last.
  std::vector<std::string_view> keys_;
};

/// One object, member by member, against the keys its reader knows.
class json_object {
public:
  /// At most 32 known keys, in the order expected (another order is read too,
  /// only slower); at most this many unknown ones.
  static constexpr size_t unknown_keys_max = 256;
  static constexpr int end = -1;

  /// Enters the object at the cursor. `known` must outlive this.
  json_object(json_cursor& cursor, std::span<const std::string_view> known);
  json_object(const json_object&) = delete;
  json_object& operator=(const json_object&) = delete;
  ~json_object();

  /// The index of the next known key, whose value the caller must now read.
  /// Unknown members are proved and passed over. `end` after the last member
  /// or at an error: ask the cursor which.
  int next();

  /// Bit i is set when known key i was met.
  uint32_t seen() const {
    return seen_;
  }

private:
  /// Of a known key, else their number.
  size_t index_of(std::string_view key) const;

  json_cursor& cursor_;
  std::span<const std::string_view> known_;
  size_t base_;
  size_t expected_ = 0;
  uint32_t seen_ = 0;
  bool first_ = true;
  bool done_ = false;
};

} // namespace observer::audit
