#define CAF_SUITE runtime_settings_table
#include "test.hpp"

#include "runtime/settings/table.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "runtime/settings/load.hpp"
#include "runtime/settings/text.hpp"
#include "runtime/settings/value.hpp"

namespace CAF_SUITE {

using namespace observer;
namespace fs = std::filesystem;

namespace {

constexpr auto canary = "CANARY-0123456789abcdef";

/// For each key a good value that is not the default.
std::string other_value(const setting& s) {
  static const config none;
  auto at = s.view(none);
  if (s.is_secret())
    return canary;
  if (std::holds_alternative<const bool*>(at))
    return s.default_text == "true" ? "false" : "true";
  // The first wait may not be above the longest.
  if (s.key == "feed.reconnect_first_ms")
    return "100";
  // Nor may what goes sooner stay longer.
  if (s.key == "retention.raw_days")
    return "1";
  if (s.key == "retention.anomaly_days")
    return "8";
  if (s.key == "retention.disk_warn_percent")
    return "50";
  if (auto bounds = std::get_if<integer_range>(&s.check))
    return std::to_string(bounds->max);
  if (auto words = std::get_if<one_of>(&s.check))
    return std::string{words->words.back() == s.default_text
                         ? words->words.front()
                         : words->words.back()};
  if (auto rule = std::get_if<web_address>(&s.check))
    return std::string{rule->secure_scheme} + "://host.example:1";
  if (s.key == "service.address")
    return "127.0.0.9";
  if (s.key == "feed.symbols")
    return "H0STCNT0:005930,H0NXASP0:000660";
  if (s.key == "service.allowed_hosts")
    return "observer.example,10.0.0.1:8443,[2001:db8::1]";
  if (s.key == "backup.at")
    return "06:30";
  if (s.key == "backup.s3_endpoint")
    return "https://host.example:1";
  if (s.key == "market.hours")
    return "08:00-08:50,15:40-20:00";
  if (s.key == "market.holidays")
    return "2026-09-24,2026-09-25";
  return "/some/text";
}

std::string file_content(const fs::path& path) {
  std::ifstream in{path};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

} // namespace

CAF_TEST(names are unique and secrets have no flag) {
  std::set<std::string_view> names;
  for (auto& s : settings()) {
    CAF_CHECK(names.insert(s.key).second);
    CAF_CHECK(names.insert(s.environment).second);
    CAF_CHECK(s.flag.empty() || names.insert(s.flag).second);
    CAF_CHECK(!s.is_secret() || s.flag.empty());
    CAF_CHECK(is_section(s.section()));
    CAF_CHECK(s.effect.ends_with('.'));
    CAF_CHECK_EQUAL(find_setting(s.key), &s);
  }
  CAF_CHECK(!find_setting("no.such"));
  CAF_CHECK(!is_section("no"));
}

CAF_TEST(numbers name their unit) {
  for (auto& s : settings())
    for (auto unit : {"ms", "us", "s"})
      if (s.key.ends_with(std::string{"_"} + unit))
        CAF_CHECK_EQUAL(s.unit, std::string_view{unit});
}

CAF_TEST(each setting comes back as it was given in the environment) {
  for (auto& s : settings()) {
    config_sources sources;
    sources.environment[std::string{s.environment}] = other_value(s);
    auto c = load_config(sources);
    CAF_REQUIRE(c);
    CAF_CHECK_EQUAL(value_text(s, *c),
                    s.is_secret() ? "****" : other_value(s));
    CAF_CHECK_EQUAL(c->sources.find(s.key)->second,
                    "environment " + std::string{s.environment});
    // Nothing else has moved.
    auto before = load_config({}).value();
    for (auto& other : settings())
      if (&other != &s)
        CAF_CHECK(value_text(other, *c) == value_text(other, before)
                  || s.key == "kis.virtual");
  }
}

CAF_TEST(each setting comes back as it was given on the command line) {
  for (auto& s : settings()) {
    if (s.flag.empty())
      continue;
    config_sources sources;
    sources.flags[std::string{s.key}] = other_value(s);
    auto c = load_config(sources);
    CAF_REQUIRE(c);
    CAF_CHECK_EQUAL(value_text(s, *c), other_value(s));
    CAF_CHECK_EQUAL(c->sources.find(s.key)->second,
                    "flag " + std::string{s.flag});
  }
}

CAF_TEST(what the JSON says can be written into a file and read back) {
  config_sources sources;
  for (auto& s : settings())
    sources.environment[std::string{s.environment}] = other_value(s);
  auto given = load_config(sources).value();
  std::string text;
  for (auto& s : settings())
    text += std::string{s.key} + " = "
            + (s.is_secret() ? "\"" + std::string{canary} + "\""
                             : value_json(s, given).dump())
            + "\n";
  auto name = (fs::temp_directory_path() / "observer-table-XXXXXX").string();
  close(mkstemp(name.data()));
  std::ofstream{name} << text;
  config_sources from_file;
  from_file.file = name;
  auto read = load_config(from_file);
  fs::remove(name);
  CAF_REQUIRE(read);
  CAF_CHECK_EQUAL(read->kis.app_secret.reveal(), canary);
  int line = 0;
  for (auto& s : settings()) {
    CAF_CHECK_EQUAL(value_text(s, *read), value_text(s, given));
    CAF_CHECK_EQUAL(read->sources.find(s.key)->second,
                    "file " + name + ":" + std::to_string(++line));
  }
}

CAF_TEST(no text made from a config holds a secret) {
  config_sources sources;
  for (auto& s : settings())
    sources.environment[std::string{s.environment}] = other_value(s);
  auto c = load_config(sources).value();
  for (auto& text : {describe_config(c), describe_config_json(c)}) {
    CAF_CHECK_EQUAL(text.find("CANARY"), std::string::npos);
    CAF_CHECK_EQUAL(text.find("0123456789abcdef"), std::string::npos);
    CAF_CHECK_NOT_EQUAL(text.find("****"), std::string::npos);
  }
}

CAF_TEST(the example file is what the program writes) {
  auto path = fs::path{OBSERVER_SOURCE_DIR} / "config/observer.example.toml";
  if (file_content(path) != example_toml())
    CAF_FAIL("run: observer config --example > config/observer.example.toml");
}

CAF_TEST(the example file without its comment marks says the defaults) {
  std::istringstream in{example_toml()};
  std::string text, line;
  while (std::getline(in, line)) {
    // A key is one word before " = "; other comments have several.
    auto equals = line.find(" = ");
    auto is_key = line.starts_with("# ") && equals != line.npos
                  && line.find(' ', 2) == equals;
    text += (is_key ? line.substr(2) : line) + "\n";
  }
  auto name = (fs::temp_directory_path() / "observer-example-XXXXXX").string();
  close(mkstemp(name.data()));
  std::ofstream{name} << text;
  config_sources sources;
  sources.file = name;
  auto c = load_config(sources);
  fs::remove(name);
  CAF_REQUIRE(c);
  CAF_CHECK(c->warnings.empty());
  auto defaults = load_config({}).value();
  for (auto& s : settings()) {
    CAF_CHECK_EQUAL(value_text(s, *c), value_text(s, defaults));
    CAF_CHECK(c->sources.find(s.key)->second.starts_with("file "));
  }
}

CAF_TEST(no line of the example file is longer than 80 columns) {
  std::istringstream in{example_toml()};
  for (std::string line; std::getline(in, line);)
    CAF_CHECK_LESS_OR_EQUAL(line.size(), 80u);
}

CAF_TEST(the table of the README has a row for each setting) {
  auto text = settings_markdown();
  for (auto& s : settings())
    CAF_CHECK_NOT_EQUAL(text.find("| `" + std::string{s.key} + "` | `"
                                  + std::string{s.environment} + "`"),
                        std::string::npos);
}

} // namespace CAF_SUITE
