#include "runtime/console/terms.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "runtime/console/terminal/quantities.hpp"
#include "runtime/console/terminal/words.hpp"

namespace observer {

namespace {

using nlohmann::json;

const json& all_terms() {
  // A test reads the list: it is whole, or the build is not used.
  static const auto list = json::parse(terms_json(), nullptr, false);
  return list;
}

const json* child_of(const json& from, std::string_view name) {
  if (!from.is_object())
    return nullptr;
  auto at = from.find(name);
  return at == from.end() ? nullptr : &*at;
}

const json* listed(std::string_view group, std::string_view key) {
  auto list = child_of(all_terms(), group);
  return list ? child_of(*list, key) : nullptr;
}

std::optional<std::string_view> pick(const json* pair, language in) {
  auto index = in == language::korean ? size_t{1} : size_t{0};
  if (!pair || !pair->is_array() || pair->size() != 2
      || !(*pair)[index].is_string())
    return std::nullopt;
  return (*pair)[index].get_ref<const std::string&>();
}

std::string number_text(const json& value, std::string_view name) {
  using namespace terminal;
  auto n = value.get<double>();
  if (name.find("per_s") != name.npos)
    return rate(n);
  if (name.ends_with("bytes"))
    return bytes(std::isfinite(n) && std::abs(n) < 9e18
                   ? integer{std::llround(n)}
                   : integer{});
  if (value.is_number_float() && n != std::floor(n))
    return rate(n);
  return std::isfinite(n) && std::abs(n) < 9e18 ? count(std::llround(n))
                                                : count({});
}

/// A word of the wire: a cause, a reason, why the market is closed, a doubt.
std::string word_text(language in, std::string_view name,
                      const std::string& word) {
  if (name == "session")
    return terminal::session_name(in, word);
  // Words of the broker or the system stay theirs.
  if (name == "text" && in == language::korean)
    return terminal::in_quotes(word);
  std::string_view group = name == "cause"    ? "causes"
                           : name == "reason" ? "reject"
                           : name == "why"    ? "closed"
                           : name == "names"  ? "doubt"
                           : name == "tr_id"  ? "tr"
                                              : "";
  auto found = find_term(in, group, word);
  // What was lost for a cause has that for its reason.
  if (!found && name == "reason")
    found = find_term(in, "causes", word);
  if (found)
    return std::string{*found};
  // "005930 H0STCNT0"
  if (auto space = word.find(' '); name == "names" && space != word.npos)
    if (auto tr = find_term(in, "tr", std::string_view{word}.substr(space + 1)))
      return word.substr(0, space + 1).append(*tr);
  return word;
}

std::string value_text(language in, std::string_view name, const json& value,
                       std::optional<int64_t> now_us) {
  if (value.is_array()) {
    std::string out;
    for (auto& each : value)
      out += (out.empty() ? "" : ", ") + value_text(in, name, each, now_us);
    return out;
  }
  if (value.is_number_integer() && name.ends_with("_us"))
    return terminal::moment(value.get<int64_t>(), now_us);
  if (value.is_number())
    return number_text(value, name);
  if (value.is_string())
    return word_text(in, name, value.get_ref<const std::string&>());
  return terminal::count({});
}

} // namespace

std::optional<std::string_view> find_term(language in, std::string_view group,
                                          std::string_view key) {
  auto found = listed(group, key);
  auto word = found ? child_of(*found, "word") : nullptr;
  return pick(word ? word : found, in);
}

std::string term(language in, std::string_view group, std::string_view key) {
  if (auto found = find_term(in, group, key))
    return std::string{*found};
  std::string out{key};
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::string_view cause_sentence(language in, std::string_view cause) {
  auto found = listed("causes", cause);
  return pick(found ? child_of(*found, "sentence") : nullptr, in).value_or("");
}

std::string told(language in, const json& fact, std::optional<int64_t> now_us) {
  auto text_of = [&](std::string_view name) {
    auto value = child_of(fact, name);
    return value && value->is_string() ? value->get<std::string>()
                                       : std::string{};
  };
  auto form = find_term(in, "say", text_of("kind"));
  return form ? told_by(*form, in, fact, now_us) : text_of("text");
}

std::string told_by(std::string_view form, language in, const json& fact,
                    std::optional<int64_t> now_us) {
  std::string out;
  for (auto rest = form; !rest.empty();) {
    auto open = rest.find('{');
    auto close = rest.find('}', std::min(open, rest.size()));
    out += rest.substr(0, close == rest.npos ? rest.npos : open);
    if (close == rest.npos)
      break;
    auto name = rest.substr(open + 1, close - open - 1);
    auto value = child_of(fact, name);
    out += value_text(in, name, value ? *value : json{}, now_us);
    rest.remove_prefix(close + 1);
  }
  return out;
}

} // namespace observer
