#define CAF_SUITE runtime_commands_help
#include "test.hpp"

#include "runtime/commands/all.hpp"
#include "runtime/commands/help.hpp"
#include "runtime/commands/outline.hpp"

#include <filesystem>
#include <sstream>

namespace CAF_SUITE {

using namespace observer;

namespace {

/// Of a terminal: a Korean letter has two.
size_t columns(const std::string& line) {
  size_t out = 0;
  for (unsigned char c : line)
    out += c < 0x80 ? 1 : c >= 0xEA && c <= 0xED ? 2 : c >= 0xC0 ? 1 : 0;
  return out;
}

/// Lines wider than a terminal, but those that are to be copied.
std::string too_wide(const std::string& text) {
  std::istringstream in{text};
  std::string out;
  for (std::string line; std::getline(in, line);)
    if (columns(line) > 80 && line.find(" observer ") == line.npos)
      out += line + "\n";
  return out;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

CAF_TEST(what is said without arguments fits a screen) {
  auto text = usage(outline_of(all_commands()));
  CAF_CHECK(std::count(text.begin(), text.end(), '\n') <= 24);
  CAF_CHECK_EQUAL(too_wide(text), "");
  for (auto& command : all_commands())
    CAF_CHECK(has(text, "\n  " + command.name + " "));
}

CAF_TEST(the help of a command names its options and examples) {
  auto all = outline_of(all_commands());
  for (auto& command : all.commands) {
    auto text = help_of(command);
    CAF_MESSAGE(command.name);
    CAF_CHECK_EQUAL(too_wide(text), "");
    for (auto& option : command.options)
      for (auto& name : option.names)
        CAF_CHECK(has(text, name));
    for (auto& x : command.examples)
      CAF_CHECK(has(text, "  " + x.line + "\n"));
    CAF_CHECK(has(text, "Exit status: "));
    CAF_CHECK(has(text, "-h, --help"));
  }
}

CAF_TEST(the overview leads readers of Korean to their README) {
  auto text = overview(outline_of(all_commands()));
  CAF_CHECK(has(text, "README.ko.md"));
  CAF_CHECK(has(text, "-V, --version"));
  CAF_CHECK_EQUAL(too_wide(text), "");
}

CAF_TEST(kinds of values are read from the options) {
  auto all = outline_of(all_commands());
  auto kind = [&](const char* command, const char* option) {
    auto found = all.find(command)->find(option);
    CAF_REQUIRE(found != nullptr);
    return found->kind;
  };
  CAF_CHECK(kind("run", "--log-level") == value_kind::word);
  CAF_CHECK(kind("run", "--data-dir") == value_kind::folder);
  CAF_CHECK(kind("run", "--ca-file") == value_kind::file);
  CAF_CHECK(kind("run", "--config") == value_kind::file);
  CAF_CHECK(kind("run", "--virtual") == value_kind::none);
  CAF_CHECK(kind("run", "--port") == value_kind::text);
  CAF_CHECK(kind("demo", "--data-dir") == value_kind::folder);
  CAF_CHECK(kind("audit", "DIR") == value_kind::file);
  CAF_CHECK(kind("audit", "--json") == value_kind::none);
  CAF_CHECK(kind("decode", "--tr") == value_kind::word);
  CAF_CHECK(kind("console", "--token-file") == value_kind::file);
  CAF_CHECK(kind("simulate", "--truth") == value_kind::file);
  CAF_CHECK(all.find("demo")->find("--symbols")->value == "1..41");
}

CAF_TEST(text is wrapped at its blanks) {
  CAF_CHECK_EQUAL(wrapped("a b", 4, 4), "a b");
  CAF_CHECK_EQUAL(wrapped("", 4, 4), "");
  auto word = std::string(40, 'x');
  CAF_CHECK_EQUAL(wrapped(word + " " + word, 2, 0), word + "\n  " + word);
  auto wide = std::string(100, 'x');
  CAF_CHECK_EQUAL(wrapped(wide, 2, 2), wide);
}

CAF_TEST(the version is one line and what it was built with another) {
  auto text = version_text();
  CAF_CHECK(text.starts_with("observer " OBSERVER_VERSION " (build "));
  CAF_CHECK_EQUAL(std::count(text.begin(), text.end(), '\n'), 2);
  CAF_CHECK(has(text, "\nBuilt with "));
  CAF_CHECK(has(text, "CAF 0."));
}

} // namespace CAF_SUITE
