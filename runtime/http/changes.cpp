#include "runtime/http/changes.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace observer {

namespace {

using nlohmann::json;

bool keeps_its_keys(const json& before, const json& after) {
  for (auto& [key, value] : before.items())
    if (!after.contains(key))
      return false;
  return true;
}

json anew(const json& value) {
  auto out = json::array();
  out.push_back(value);
  return out;
}

} // namespace

json changes_between(const json& before, const json& after) {
  auto out = json::object();
  if (before.is_object() && after.is_object()
      && keeps_its_keys(before, after)) {
    for (auto& [key, value] : after.items()) {
      auto was = before.find(key);
      if (was == before.end())
        out[key] = anew(value);
      else if (*was != value)
        out[key] = changes_between(*was, value);
    }
    return out;
  }
  if (before.is_array() && after.is_array() && before.size() == after.size()) {
    for (size_t i = 0; i < after.size(); ++i)
      if (before[i] != after[i])
        out[std::to_string(i)] = changes_between(before[i], after[i]);
    return out;
  }
  return before == after ? out : anew(after);
}

} // namespace observer
