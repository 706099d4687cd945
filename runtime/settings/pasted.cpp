#include "runtime/settings/pasted.hpp"

#include <algorithm>
#include <vector>

#include "runtime/process/pasted_text.hpp"

namespace observer {

namespace {

/// Whether a mark of several bytes was among what was taken off.
bool has_wide(std::string_view text) {
  return std::ranges::any_of(
    text, [](unsigned char c) { return c >= 0x80; });
}

/// `export NAME=` before the value.
std::string_view without_name(const setting& s, std::string_view text) {
  auto rest = text;
  if (rest.starts_with("export ") || rest.starts_with("set "))
    rest = without_blanks(rest.substr(rest.find(' ')));
  for (auto& name : {std::string{s.environment}, file_environment(s)})
    if (rest.starts_with(name)) {
      auto value = without_blanks(rest.substr(name.size()));
      if (value.starts_with('='))
        return without_blanks(value.substr(1));
    }
  return text;
}

} // namespace

pasted_value pasted(const setting& s, std::string_view text) {
  if (s.is_secret() && !std::holds_alternative<one_word>(s.check))
    return {text, {}};
  auto is_path = std::holds_alternative<file_path>(s.check);
  std::vector<std::string_view> off;
  auto take = [&](std::string_view what, std::string_view rest) {
    if (rest.size() == text.size())
      return;
    off.push_back(what);
    text = rest;
  };
  auto bare = without_blanks(text);
  if (bare.size() != text.size()) {
    auto begin = static_cast<size_t>(bare.data() - text.data());
    if (has_wide(text.substr(0, begin))
        || has_wide(text.substr(begin + bare.size())))
      off.push_back("invisible characters");
    else if (is_path)
      off.push_back("blanks");
    text = bare;
  }
  take("name", without_name(s, text));
  // A folder may be called "a # b".
  if (!is_path)
    take("comment", without_comment(text));
  take("quotes", without_quotes(text));
  text = is_path ? text : without_blanks(text);
  pasted_value out{text, {}};
  for (size_t i = 0; i < off.size(); ++i) {
    if (i > 0)
      out.taken_off += i + 1 < off.size() ? ", " : " and ";
    out.taken_off += off[i];
  }
  return out;
}

} // namespace observer
