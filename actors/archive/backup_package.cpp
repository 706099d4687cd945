#include "actors/archive/backup_package.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/archive/backup_names.hpp"
#include "actors/journal/manifest_builder.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_json.hpp"
#include "messages/outside_text.hpp"

namespace observer {

namespace {

using json = nlohmann::ordered_json;

/// A text of a JSON object; empty if there is none.
std::string text_at(const nlohmann::json& from, const char* key) {
  auto at = from.find(key);
  return at != from.end() && at->is_string() ? at->get<std::string>()
                                             : std::string{};
}

/// A list that was cut, or in which bytes rotted, may be made anew: one of its
/// lines is still ours, or all of it is the beginning of one.
bool was_ours(std::string_view day, std::string_view text) {
  if (text.size() < 64)
    return text.find_first_not_of("0123456789abcdef") == text.npos;
  for (size_t at = 0; at < text.size();) {
    auto end = std::min(text.find('\n', at), text.size() - 1);
    if (parse_sha256_list(day, text.substr(at, end + 1 - at)))
      return true;
    at = end + 1;
  }
  return is_sha256(text.substr(0, 64))
         && text.find('\n') == text.npos;
}

} // namespace

std::string manifest_json(const package_head& head,
                          const std::vector<backup_file>& files) {
  json list = json::array();
  for (auto& f : files) {
    json entry{{"name", f.name}, {"bytes", f.bytes}, {"sha256", f.sha256}};
    if (!f.plain_sha256.empty()) {
      entry["lines"] = f.lines;
      entry["plain_sha256"] = f.plain_sha256;
    }
    list.push_back(std::move(entry));
  }
  json out{{"format", 1},
           {"kind", "observer-backup"},
           {"day", head.day},
           {"written_at", timestamp(head.written_at_us)},
           {"run", head.run},
           {"observer", head.observer_version},
           {"files", std::move(list)}};
  return out.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::vector<backup_file> parse_package_manifest(std::string_view day,
                                                std::string_view text) {
  std::vector<backup_file> out;
  auto read = parse_outside_json(text);
  if (!read || !read->is_object() || text_at(*read, "kind") != "observer-backup")
    return out;
  auto list = read->find("files");
  if (list == read->end() || !list->is_array())
    return out;
  for (auto& entry : *list) {
    if (!entry.is_object())
      continue;
    auto number = [&](const char* key) {
      auto at = entry.find(key);
      return at != entry.end() && at->is_number_unsigned()
               ? at->get<uint64_t>()
               : 0;
    };
    backup_file file{text_at(entry, "name"), number("bytes"),
                     text_at(entry, "sha256")};
    if (!is_day_file(day, file.name) || !is_sha256(file.sha256))
      continue;
    if (auto plain = text_at(entry, "plain_sha256"); is_sha256(plain)) {
      file.lines = number("lines");
      file.plain_sha256 = plain;
    }
    out.push_back(std::move(file));
  }
  return out;
}

std::string sha256_list_text(const sha256_list& list) {
  std::string out;
  for (auto& [name, sum] : list)
    out += sum + "  " + name + "\n";
  return out;
}

result<sha256_list> parse_sha256_list(std::string_view day,
                                      std::string_view text) {
  sha256_list out;
  while (!text.empty()) {
    auto end = text.find('\n');
    auto line = text.substr(0, end);
    // `*` marks a binary file, of which `sha256sum` makes the same.
    if (end == text.npos || line.size() < 67 || line[64] != ' '
        || (line[65] != ' ' && line[65] != '*') || !is_sha256(line.substr(0, 64)))
      return problem{fmt::format("line {} is none of `sha256sum`",
                                 out.size() + 1)};
    auto name = line.substr(66);
    if (!is_package_name(day, name) || name == package_list_name
        || name == package_success_name)
      return problem{fmt::format("it names {}, which is no file of {}",
                                 outside_value(name), day)};
    if (!out.emplace(name, line.substr(0, 64)).second)
      return problem{fmt::format("it names {} twice", outside_value(name))};
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string success_text(std::string_view sha256_of_list) {
  return fmt::format("{}  {}\n", sha256_of_list, package_list_name);
}

std::string sha256_of(std::string_view bytes) {
  sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

result<stored_proof> prove_stored(backup_target& target,
                                  const std::string& path) {
  stored_proof out;
  sha256 hash;
  auto got = target.get(path, [&](std::string_view bytes) -> result<> {
    out.bytes += bytes.size();
    hash.add(bytes);
    return {};
  });
  if (!got)
    return got.error();
  out.sha256 = hash.hex();
  return out;
}

result<std::string> stored_text(backup_target& target, const std::string& path,
                                uint64_t bytes_max) {
  std::string out;
  auto got = target.get(path, [&](std::string_view bytes) -> result<> {
    if (out.size() + bytes.size() > bytes_max)
      return problem{fmt::format("{} in {} has more than {} bytes", path,
                                 target.name(), bytes_max)};
    out += bytes;
    return {};
  });
  if (!got)
    return got.error();
  return out;
}

result<stored_package> read_package(backup_target& target,
                                    const std::string& day) {
  stored_package out;
  auto listed = target.list(day);
  if (!listed)
    return listed.error();
  for (auto& file : *listed)
    out.present[file.name] = file.bytes;
  auto small = [&](std::string_view name) -> result<std::optional<std::string>> {
    auto at = out.present.find(std::string{name});
    if (at == out.present.end() || at->second > package_text_bytes_max)
      return std::optional<std::string>{};
    auto text = stored_text(target, fmt::format("{}/{}", day, name),
                            package_text_bytes_max);
    if (!text)
      return text.error();
    return std::optional{*text};
  };
  auto list = small(package_list_name);
  if (!list)
    return list.error();
  auto manifest = small(package_manifest_name);
  if (!manifest)
    return manifest.error();
  if (*manifest)
    out.told = parse_package_manifest(day, **manifest);
  if (!*list) {
    out.doubt = fmt::format("it has no {}", package_list_name);
    return out;
  }
  auto parsed = parse_sha256_list(day, **list);
  if (!parsed) {
    out.list_is_foreign = !was_ours(day, **list);
    out.doubt = fmt::format("{} is no list of ours: {}", package_list_name,
                            parsed.error().text);
    return out;
  }
  out.list = std::move(*parsed);
  out.sha256_of_list = sha256_of(**list);
  for (auto& [name, sum] : *out.list)
    if (is_day_file(day, name)) {
      auto at = out.present.find(name);
      out.files[name] = {name, at == out.present.end() ? 0 : at->second, sum};
    }
  auto success = small(package_success_name);
  if (!success)
    return success.error();
  out.success = *success && **success == success_text(out.sha256_of_list);
  if (!out.success)
    out.doubt = *success ? fmt::format("{} is not that of this {}",
                                       package_success_name, package_list_name)
                         : fmt::format("it has no {}: it was not finished",
                                       package_success_name);
  auto sum = out.list->find(std::string{package_manifest_name});
  if (!*manifest || sum == out.list->end() || sha256_of(**manifest) != sum->second)
    return out;
  for (auto& told : out.told)
    if (auto at = out.files.find(told.name);
        at != out.files.end() && at->second.sha256 == told.sha256) {
      at->second.lines = told.lines;
      at->second.plain_sha256 = told.plain_sha256;
    }
  return out;
}

} // namespace observer
