#pragma once

// The table of settings: one row is all that is known about one setting.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "messages/result.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

/// Where a setting lives in a config; its type says which texts it takes.
template <template <class> class Pointer>
using field_of =
    std::variant<Pointer<bool>, Pointer<int64_t>, Pointer<std::string>,
                 Pointer<secret>, Pointer<std::vector<pinned_symbol>>,
                 Pointer<std::vector<web_host>>,
                 Pointer<std::vector<hours_range>>,
                 Pointer<std::vector<calendar_date>>>;
template <class T>
using mutable_pointer = T*;
template <class T>
using const_pointer = const T*;
using field = field_of<mutable_pointer>;
using field_view = field_of<const_pointer>;

/// Rules: which values of a type are good.
struct anything {};
struct not_empty {};
/// A path of one line; any bytes.
struct file_path {
  bool may_be_empty;
};
/// Inclusive.
struct integer_range {
  int64_t min, max;
};
/// Compared without regard to case.
struct one_of {
  std::span<const std::string_view> words;
  /// Other spellings and the word each stands for.
  std::span<const std::pair<std::string_view, std::string_view>> aliases = {};
};
/// scheme://host[:port][/path]
struct web_address {
  std::string_view scheme, secure_scheme;
};
/// A secret of visible ASCII: one that holds a blank, a quote at an end or
/// anything else was pasted badly.
struct one_word {};
using rule = std::variant<anything, not_empty, integer_range, one_of,
                          web_address, one_word, file_path>;

struct setting {
  /// `section.name`, as in the file.
  std::string_view key;
  std::string_view environment;
  /// Empty: none.
  std::string_view flag;
  /// The default, as a text of the environment.
  std::string_view default_text;
  /// The unit of an integer, or empty.
  std::string_view unit;
  rule check;
  /// One or two sentences for help, example file and README.
  std::string_view effect;
  field (*in)(config&);
  field_view (*view)(const config&);
  /// The default of a paper account where it is another one.
  std::string_view paper_default = {};

  bool is_secret() const;
  /// Read for later versions, and used by nothing yet: a wrong value is a warning.
  bool is_reserved() const {
    return section() == "db" || section() == "track_a";
  }
  std::string_view section() const {
    return key.substr(0, key.find('.'));
  }
  std::string_view name() const {
    return key.substr(key.find('.') + 1);
  }
};

/// All settings, grouped by section in the order of the example file.
std::span<const setting> settings();
/// Null if there is no such key.
const setting* find_setting(std::string_view key);
bool is_section(std::string_view name);
/// One sentence about a section.
std::string_view section_title(std::string_view section);

/// Secrets may be named by a file: KIS_APP_KEY_FILE beside KIS_APP_KEY.
std::string file_environment(const setting& s);

} // namespace observer
