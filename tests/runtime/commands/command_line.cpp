#define CAF_SUITE runtime_commands_command_line
#include "test.hpp"

#include "runtime/commands/all.hpp"
#include "runtime/commands/command_line.hpp"
#include "runtime/commands/help.hpp"
#include "runtime/commands/outline.hpp"

#include <sstream>

namespace CAF_SUITE {

using namespace observer;

namespace {

std::vector<std::string> split(const std::string& line) {
  std::istringstream in{line};
  std::vector<std::string> out;
  for (std::string word; in >> word;)
    out.push_back(word);
  return out;
}

/// Of the words behind `observer`.
parsed_command parsed(const std::string& line) {
  return parse_line(split(line));
}

std::string trouble(const std::string& line) {
  auto x = parsed(line);
  CAF_CHECK(!x.chosen.has_value());
  CAF_CHECK_EQUAL(x.answer, "");
  return x.problem;
}

bool has(const std::string& text, const std::string& part) {
  auto found = text.find(part) != std::string::npos;
  if (!found)
    CAF_MESSAGE("no \"" << part << "\" in: " << text);
  return found;
}

/// What a shell hands to observer, of an example's line.
std::vector<std::string> words_of(const std::string& line) {
  auto words = split(line);
  auto begin = std::find(words.begin(), words.end(), "observer");
  if (begin == words.end())
    return {};
  auto end = std::find_if(begin, words.end(), [](auto& word) {
    return word == "|" || word == ">" || word == "<";
  });
  return {begin + 1, end};
}

} // namespace

CAF_TEST(a mistyped command is told with the nearest one) {
  CAF_CHECK(has(trouble("aduit DIR"),
                "unknown command \"aduit\"; did you mean audit?"));
  CAF_CHECK(has(trouble("hlep"), "did you mean help?"));
  CAF_CHECK(has(trouble("version"), "did you mean --version?"));
  CAF_CHECK(has(trouble("--verzion"), "did you mean --version?"));
  CAF_CHECK(has(trouble("aduit --help"), "did you mean audit?"));
  CAF_CHECK(has(trouble("help aduit"), "did you mean audit?"));
  CAF_CHECK(!has(trouble("frobnicate"), "did you mean"));
}

CAF_TEST(a mistyped option of any command is told with the nearest one) {
  auto all = outline_of(all_commands());
  for (auto& command : all.commands)
    for (auto& option : command.options)
      for (auto& name : option.names) {
        if (!name.starts_with("--") || name.size() < 6)
          continue;
        // Two letters changed places, and that is no other option.
        auto typed = name;
        std::swap(typed[3], typed[4]);
        if (typed == name || command.find(typed))
          continue;
        auto problem = trouble(command.name + " " + typed);
        CAF_CHECK(has(problem, "observer " + command.name + ": unknown option "
                                 + typed));
        CAF_CHECK(has(problem, "did you mean --"));
      }
}

CAF_TEST(a setting that is named by its key is told with its flag) {
  CAF_CHECK(has(trouble("run --service-port 1"), "did you mean --port?"));
  CAF_CHECK(has(trouble("run --log.level=debug"), "did you mean --log-level?"));
  CAF_CHECK(has(trouble("config --app-key x"),
                "set KIS_APP_KEY or KIS_APP_KEY_FILE"));
}

CAF_TEST(options before the command are told where they belong) {
  CAF_CHECK(has(trouble("--port 9000 run"), "write observer run --port"));
}

CAF_TEST(a number that is none is told in few words) {
  CAF_CHECK(has(trouble("demo --rate=abc"),
                "--rate: \"abc\" is not a number above 0"));
  CAF_CHECK(has(trouble("run --seconds -1"),
                "--seconds: \"-1\" is not a number of 0 or more"));
}

CAF_TEST(the first wrong word is told first) {
  CAF_CHECK(has(trouble("run --symbls 005930 --port many"), "--symbls"));
  CAF_CHECK(has(trouble("run --port many --symbls 005930"), "service.port"));
  CAF_CHECK(has(trouble("simulate --nonsense --holidays never"), "--nonsense"));
  CAF_CHECK(has(trouble("simulate --holidays never --nonsense"), "--holidays"));
  CAF_CHECK(has(trouble("simulate --width x --rate y"), "--width"));
  CAF_CHECK(has(trouble("simulate --rate y --width x"), "--rate"));
  CAF_CHECK(has(trouble("audit --nonsense --day never"), "--nonsense"));
  CAF_CHECK(has(trouble("audit --day never --nonsense"), "never"));
  CAF_CHECK(has(trouble("decode a b --count 0"), "\"b\" is one word too many"));
  CAF_CHECK(has(trouble("decode --json x --count"), "--json"));
}

CAF_TEST(settings are noted in the order in which they were typed) {
  auto x = parsed("run --symbols 005930 --log-level=debug --port 1 --data-dir d");
  CAF_REQUIRE(x.chosen && x.chosen->flags);
  std::vector<std::string> expected{"feed.symbols", "log.level", "service.port",
                                    "data.dir"};
  CAF_CHECK_EQUAL(x.chosen->flags->order, expected);
}

CAF_TEST(what is missing is said) {
  CAF_CHECK(has(trouble("audit"), "DIR is required"));
  CAF_CHECK(has(trouble("audit data --day"), "--day wants a value"));
  CAF_CHECK(has(trouble("run --port"), "--port wants a value"));
  CAF_CHECK(has(trouble("completion"), "SHELL is required"));
}

CAF_TEST(a value out of a closed list is told with the list and the nearest) {
  auto problem = trouble("completion zhs");
  CAF_CHECK(has(problem, "bash, zsh, fish"));
  CAF_CHECK(has(problem, "did you mean zsh?"));
  CAF_CHECK(has(trouble("decode --tr H0STCMT0"), "did you mean H0STCNT0?"));
  CAF_CHECK(has(trouble("audit --cause refused_limt data"),
                "did you mean refused_limit?"));
  CAF_CHECK(has(trouble("audit --cause none data"), "\"none\" is none of"));
}

CAF_TEST(a day of the audit may have its dashes) {
  for (auto day : {"2026-09-14", "20260914"}) {
    auto x = parsed(std::string{"audit --day "} + day + " data");
    CAF_CHECK(x.chosen.has_value());
    CAF_CHECK(parsed(std::string{"simulate --holidays "} + day)
                .chosen.has_value());
  }
  CAF_CHECK(has(trouble("audit --day 2026-02-30 data"), "is not a day"));
}

CAF_TEST(help answers wherever it stands) {
  auto all = outline_of(all_commands());
  for (auto line : {"--help", "-h"})
    CAF_CHECK_EQUAL(parsed(line).answer, overview(all));
  for (auto line : {"audit --help", "audit -h", "--help audit",
                    "audit --day never --nonsense --help"})
    CAF_CHECK_EQUAL(parsed(line).answer, help_of(*all.find("audit")));
  CAF_CHECK(parsed("help audit").chosen.has_value());
  // Behind -- it is a file's name.
  CAF_CHECK_EQUAL(parsed("decode -- --help").answer, "");
}

CAF_TEST(nothing typed is nothing chosen) {
  auto x = parsed("");
  CAF_CHECK(!x.chosen && x.answer.empty() && x.problem.empty());
}

CAF_TEST(each command has two examples or more that parse) {
  for (auto& command : all_commands()) {
    CAF_MESSAGE(command.name);
    CAF_CHECK(command.examples.size() >= 2);
    for (auto& x : command.examples) {
      auto words = words_of(x.line);
      CAF_REQUIRE(!words.empty());
      auto line = parse_line(words);
      CAF_CHECK_EQUAL(line.problem, "");
      CAF_REQUIRE(line.chosen);
      CAF_CHECK_EQUAL(line.chosen->name, command.name);
    }
  }
}

} // namespace CAF_SUITE
