#include "messages/outside_json.hpp"

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/korean_text.hpp"

namespace observer {

namespace {

const std::string not_json = "not JSON";

} // namespace

bool json_is_deeper(std::string_view text, size_t levels) {
  size_t open = 0;
  auto in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (in_text && c == '\\')
      ++i;
    else if (c == '"')
      in_text = !in_text;
    else if (!in_text && (c == '[' || c == '{'))
      ++open;
    else if (!in_text && (c == ']' || c == '}') && open > 0)
      --open;
    if (open > levels)
      return true;
  }
  return false;
}

result<nlohmann::json> parse_outside_json(std::string_view text,
                                          size_t levels_max) {
  if (!is_utf8(text))
    if (auto korean = from_cp949(text))
      return parse_outside_json(*korean, levels_max);
  // To look costs no memory.
  if (json_is_deeper(text, levels_max))
    return problem{nlohmann::json::accept(text)
                     ? fmt::format("JSON of more than {} levels",
                                   levels_max)
                     : not_json};
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded())
    return problem{not_json};
  return value;
}

} // namespace observer
