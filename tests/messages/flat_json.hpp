#pragma once

// A JSON line as what a strict reader sees: its values in order, each with its
// path, numbers as the characters that stand in the text.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace observer::samples {

using flat_json_value = std::pair<std::string, std::string>;

namespace detail {

/// Follows nlohmann's parser.
class flattener {
public:
  using json = nlohmann::json;

  std::vector<flat_json_value> values;

  bool null() {
    return add("null");
  }
  bool boolean(bool value) {
    return add(value ? "true" : "false");
  }
  bool number_integer(json::number_integer_t value) {
    return add(std::to_string(value));
  }
  bool number_unsigned(json::number_unsigned_t value) {
    return add(std::to_string(value));
  }
  bool number_float(json::number_float_t, const std::string& text) {
    return add(text);
  }
  bool string(std::string& value) {
    return add('"' + value + '"');
  }
  bool binary(json::binary_t&) {
    return false;
  }
  bool key(std::string& name) {
    path_.back() = "." + name;
    return true;
  }
  bool start_object(size_t) {
    path_.emplace_back();
    return true;
  }
  bool end_object() {
    path_.pop_back();
    return true;
  }
  bool start_array(size_t) {
    path_.emplace_back("[]");
    return true;
  }
  bool end_array() {
    path_.pop_back();
    return true;
  }
  bool parse_error(size_t, const std::string&, const json::exception&) {
    return false;
  }

private:
  bool add(std::string value) {
    std::string path;
    for (auto& step : path_)
      path += step;
    values.emplace_back(path.substr(path.starts_with('.')), std::move(value));
    return true;
  }

  std::vector<std::string> path_;
};

} // namespace detail

/// Empty if `line` is not one JSON value with a newline at its end and none
/// within.
inline std::vector<flat_json_value> flat_json(std::string_view line) {
  if (line.find('\n') + 1 != line.size())
    return {};
  detail::flattener out;
  if (!nlohmann::json::sax_parse(line, &out))
    return {};
  return out.values;
}

} // namespace observer::samples
