#include "runtime/audit/json_lines.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace observer::audit {

namespace {

constexpr uint64_t every(uint8_t byte) {
  return 0x0101010101010101ULL * byte;
}

/// The high bit of each byte of `word` that needs a look inside a string:
/// quote, backslash, control character, beyond ASCII. Exact for the lowest
/// such byte, which is all its caller uses.
constexpr uint64_t special_bytes(uint64_t word) {
  auto quote = word ^ every('"');
  auto slash = word ^ every('\\');
  auto low = (word - every(0x20)) & ~word;
  auto zero_quote = (quote - every(1)) & ~quote;
  auto zero_slash = (slash - every(1)) & ~slash;
  return (low | zero_quote | zero_slash | word) & every(0x80);
}

static_assert(std::endian::native == std::endian::little,
              "special_bytes takes the lowest byte for the first one");

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

bool is_between(char c, unsigned char low, unsigned char high) {
  auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

} // namespace

void json_cursor::reset(std::string_view text) {
  begin_ = at_ = text.data();
  end_ = begin_ + text.size();
  error_ = nullptr;
  error_offset_ = 0;
  depth_ = 0;
  keys_.clear();
}

bool json_cursor::fail(const char* what) {
  if (!error_) {
    error_ = what;
    error_offset_ = static_cast<size_t>(at_ - begin_);
  }
  return false;
}

void json_cursor::skip_space() {
  while (at_ != end_
         && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r'))
    ++at_;
}

json_kind json_cursor::peek() {
  skip_space();
  if (error_ || at_ == end_)
    return json_kind::none;
  switch (*at_) {
    case '{':
      return json_kind::object;
    case '[':
      return json_kind::array;
    case '"':
      return json_kind::string;
    case 't':
    case 'f':
      return json_kind::boolean;
    case 'n':
      return json_kind::null;
    default:
      return *at_ == '-' || is_digit(*at_) ? json_kind::number
                                           : json_kind::none;
  }
}

bool json_cursor::read_string(std::string_view& raw) {
  if (peek() != json_kind::string)
    return fail("a string was expected");
  auto start = ++at_;
  for (;;) {
    while (end_ - at_ >= 8) {
      uint64_t word;
      std::memcpy(&word, at_, sizeof(word));
      auto special = special_bytes(word);
      if (special) {
        at_ += std::countr_zero(special) / 8;
        break;
      }
      at_ += 8;
    }
    if (at_ == end_)
      return fail("a string without its closing quote");
    if (*at_ == '"') {
      raw = {start, static_cast<size_t>(at_ - start)};
      ++at_;
      return true;
    }
    if (*at_ == '\\') {
      if (!read_escape())
        return false;
    } else if (is_between(*at_, 0, 0x1f)) {
      return fail(*at_ == '\0' ? "a zero byte, as a torn write leaves them"
                               : "a control character in a string");
    } else if (is_between(*at_, 0x80, 0xff)) {
      if (!read_wide_character())
        return false;
    } else {
      ++at_;
    }
  }
}

bool json_cursor::read_escape() {
  auto hex4 = [this](uint32_t& value) {
    if (end_ - at_ < 4)
      return false;
    value = 0;
    for (int i = 0; i < 4; ++i) {
      auto c = at_[i];
      if (is_digit(c))
        value = value * 16 + static_cast<uint32_t>(c - '0');
      else if (is_between(c, 'a', 'f'))
        value = value * 16 + static_cast<uint32_t>(c - 'a' + 10);
      else if (is_between(c, 'A', 'F'))
        value = value * 16 + static_cast<uint32_t>(c - 'A' + 10);
      else
        return false;
    }
    at_ += 4;
    return true;
  };
  auto start = at_++;
  auto bad = [&](const char* what) {
    at_ = start;
    return fail(what);
  };
  if (at_ == end_)
    return bad("a bad escape");
  auto c = *at_++;
  if (c != 'u') {
    if (std::string_view{"\"\\/bfnrt"}.find(c) == std::string_view::npos)
      return bad("a bad escape");
    return true;
  }
  uint32_t high = 0;
  if (!hex4(high))
    return bad("a bad escape");
  if (high < 0xd800 || high > 0xdfff)
    return true;
  uint32_t low = 0;
  if (high > 0xdbff || end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u')
    return bad("half of a surrogate pair");
  at_ += 2;
  if (!hex4(low) || low < 0xdc00 || low > 0xdfff)
    return bad("half of a surrogate pair");
  return true;
}

bool json_cursor::read_wide_character() {
  // The ranges of RFC 3629: no overlong form, no surrogate, none past 10FFFF.
  auto lead = static_cast<unsigned char>(*at_);
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  ptrdiff_t length = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    low = lead == 0xe0 ? 0xa0 : 0x80;
    high = lead == 0xed ? 0x9f : 0xbf;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    low = lead == 0xf0 ? 0x90 : 0x80;
    high = lead == 0xf4 ? 0x8f : 0xbf;
  }
  if (length == 0 || end_ - at_ < length || !is_between(at_[1], low, high))
    return fail("not UTF-8");
  for (ptrdiff_t i = 2; i < length; ++i)
    if (!is_between(at_[i], 0x80, 0xbf))
      return fail("not UTF-8");
  at_ += length;
  return true;
}

bool json_cursor::read_number(std::string_view& digits) {
  if (peek() != json_kind::number)
    return fail("a number was expected");
  auto start = at_;
  auto some_digits = [this] {
    auto from = at_;
    while (at_ != end_ && is_digit(*at_))
      ++at_;
    return at_ != from;
  };
  if (*at_ == '-')
    ++at_;
  auto whole = at_;
  if (!some_digits())
    return fail("a number without digits");
  if (*whole == '0' && at_ - whole > 1) {
    at_ = whole;
    return fail("a number with a leading zero");
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!some_digits())
      return fail("a number that ends in its point");
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-'))
      ++at_;
    if (!some_digits())
      return fail("a number that ends in its exponent");
  }
  digits = {start, static_cast<size_t>(at_ - start)};
  return true;
}

bool json_cursor::read_integer(int64_t& value) {
  std::string_view digits;
  if (!read_number(digits))
    return false;
  auto negative = digits.front() == '-';
  if (negative)
    digits.remove_prefix(1);
  if (digits.size() > 18)
    return false;
  int64_t sum = 0;
  for (auto c : digits) {
    if (!is_digit(c))
      return false;
    sum = sum * 10 + (c - '0');
  }
  value = negative ? -sum : sum;
  return true;
}

bool json_cursor::skip_literal(std::string_view word) {
  if (std::string_view{at_, static_cast<size_t>(end_ - at_)}.starts_with(
        word)) {
    at_ += word.size();
    return true;
  }
  return fail("a word that is not true, false or null");
}

bool json_cursor::skip() {
  std::string_view ignored;
  switch (peek()) {
    case json_kind::string:
      return read_string(ignored);
    case json_kind::number:
      return read_number(ignored);
    case json_kind::boolean:
      return skip_literal(*at_ == 't' ? "true" : "false");
    case json_kind::null:
      return skip_literal("null");
    case json_kind::object: {
      json_object members{*this, {}};
      while (members.next() != json_object::end)
        ; // without known keys the first call passes over all of them
      return ok();
    }
    case json_kind::array: {
      if (!open_array())
        return false;
      bool first = true;
      while (next_element(first))
        if (!skip())
          return false;
      return ok();
    }
    default:
      return fail(at_ != end_ && *at_ == '\0'
                    ? "a zero byte, as a torn write leaves them"
                    : "a value was expected");
  }
}

bool json_cursor::enter() {
  if (depth_ == depth_max)
    return fail("nested deeper than any line of ours");
  ++depth_;
  ++at_;
  return true;
}

bool json_cursor::open_array() {
  if (peek() != json_kind::array)
    return fail("an array was expected");
  return enter();
}

bool json_cursor::next_element(bool& first) {
  if (error_)
    return false;
  skip_space();
  if (at_ == end_)
    return fail("an array without its end");
  if (*at_ == ']') {
    ++at_;
    --depth_;
    return false;
  }
  if (first) {
    first = false;
    return true;
  }
  if (*at_ != ',')
    return fail("a comma was expected");
  ++at_;
  return true;
}

bool json_cursor::finish() {
  if (error_)
    return false;
  skip_space();
  return at_ == end_ || fail("more after the object");
}

json_object::json_object(json_cursor& cursor,
                         std::span<const std::string_view> known)
  : cursor_(cursor), known_(known), base_(cursor.keys_.size()) {
  if (cursor_.peek() == json_kind::object)
    cursor_.enter();
  else
    cursor_.fail("an object was expected");
}

json_object::~json_object() {
  cursor_.keys_.resize(base_);
}

/// Most keys differ in size or first character from the one that is expected.
[[gnu::always_inline]] static inline bool is_key(std::string_view known,
                                                 std::string_view key) {
  return known.size() == key.size() && !key.empty()
         && known.front() == key.front()
         && std::memcmp(known.data(), key.data(), key.size()) == 0;
}

size_t json_object::index_of(std::string_view key) const {
  // A key that was left out is passed over: what comes stands behind it.
  auto from = std::min(expected_, known_.size());
  for (auto i = from; i < known_.size(); ++i)
    if (is_key(known_[i], key))
      return i;
  for (size_t i = 0; i < from; ++i)
    if (is_key(known_[i], key))
      return i;
  return known_.size();
}

int json_object::next() {
  auto& cursor = cursor_;
  while (cursor.ok() && !done_) {
    cursor.skip_space();
    if (cursor.at_ == cursor.end_) {
      cursor.fail("an object without its end");
      break;
    }
    if (*cursor.at_ == '}') {
      ++cursor.at_;
      --cursor.depth_;
      done_ = true;
      break;
    }
    if (!first_ && *cursor.at_++ != ',') {
      --cursor.at_;
      cursor.fail("a comma was expected");
      break;
    }
    first_ = false;
    std::string_view key;
    if (!cursor.read_string(key))
      break;
    if (key.find('\\') != std::string_view::npos) {
      cursor.fail("a key with an escape");
      break;
    }
    cursor.skip_space();
    if (cursor.at_ == cursor.end_ || *cursor.at_ != ':') {
      cursor.fail("a colon was expected");
      break;
    }
    ++cursor.at_;
    auto index = expected_;
    if (index >= known_.size() || !is_key(known_[index], key))
      index = index_of(key);
    if (index < known_.size()) {
      if (seen_ & (1u << index)) {
        cursor.fail("a key written twice");
        break;
      }
      seen_ |= 1u << index;
      expected_ = index + 1;
      return static_cast<int>(index);
    }
    auto& keys = cursor.keys_;
    if (keys.size() - base_ == unknown_keys_max) {
      cursor.fail("an object with more keys than any line of ours");
      break;
    }
    if (std::find(keys.begin() + static_cast<ptrdiff_t>(base_), keys.end(),
                  key)
        != keys.end()) {
      cursor.fail("a key written twice");
      break;
    }
    keys.push_back(key);
    cursor.skip();
  }
  return end;
}

} // namespace observer::audit
