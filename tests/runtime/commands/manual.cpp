#define CAF_SUITE runtime_commands_manual
#include "test.hpp"

#include "runtime/commands/all.hpp"
#include "runtime/commands/manual.hpp"
#include "runtime/settings/table.hpp"
#include "runtime/commands/shell_line.hpp"

#include <filesystem>
#include <fstream>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  test::temporary_directory dir;
  std::string page = manual(outline_of(all_commands()));

  /// The output of a program that reads the page, PAGE among its arguments;
  /// nothing where it is not there.
  std::string output_of(const std::string& program,
                        std::string arguments) const {
    auto file = (std::filesystem::path{dir.path()} / "observer.1").string();
    std::ofstream{file} << page;
    arguments.replace(arguments.find("PAGE"), 4, file);
    auto out = test::run_shell_line("command -v " + program
                                    + " >/dev/null || { echo skipped; exit; }; "
                                    + program + " " + arguments)
                 .text;
    if (out == "skipped\n") {
      CAF_MESSAGE("skipped: " << program << " is not installed");
      return "";
    }
    return out;
  }

  bool has(const std::string& part) const {
    return page.find(part) != std::string::npos;
  }
};

/// As roff has it.
std::string roff(std::string_view text) {
  std::string out;
  for (auto c : text)
    out += c == '-' ? std::string{"\\-"} : std::string(1, c);
  return out;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(manual_pages, fixture)

CAF_TEST(the page has all parts) {
  for (auto part :
       {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "SETTINGS",
        "ENVIRONMENT", "FILES", "EXIT STATUS", "SIGNALS", "EXAMPLES"})
    CAF_CHECK(has(std::string{"\n.SH "} + part + "\n"));
}

CAF_TEST(the page has all commands and options and settings) {
  for (auto& command : outline_of(all_commands()).commands) {
    CAF_CHECK(has("\n\\fBobserver\\fR " + roff(command.name)));
    for (auto& option : command.options)
      for (auto& name : option.names)
        CAF_CHECK(has(roff(name)));
  }
  for (auto& s : settings()) {
    CAF_CHECK(has(roff(s.key)));
    CAF_CHECK(has(roff(s.environment)));
    CAF_CHECK(has(roff(s.flag)));
  }
}

CAF_TEST(groff formats the page without a warning) {
  CAF_CHECK_EQUAL(output_of("groff", "-man -Tutf8 -ww -z PAGE 2>&1"), "");
}

CAF_TEST(mandoc finds nothing but long lines and no date) {
  // A date would be that of the build, and a build is repeated to the bit.
  CAF_CHECK_EQUAL(output_of("mandoc", "-T lint -W warning PAGE 2>&1 | grep -v "
                                      "'missing date'"),
                  "");
}

CAF_TEST(what is read is what was written) {
  auto text = output_of("groff", "-man -Tutf8 -P -cbou -rLL=200n PAGE "
                                 "2>/dev/null");
  if (text.empty())
    return;
  // Signs that roff, or a shell, takes for orders.
  CAF_CHECK(text.find("observer simulate --fault drop:every=60")
            != text.npos);
  CAF_CHECK(text.find("KIS_APP_KEY=… KIS_APP_SECRET=…") != text.npos);
  CAF_CHECK(text.find("jq '.\"service.port\"'") != text.npos);
  CAF_CHECK(text.find("the system's.") != text.npos);
  CAF_CHECK(text.find("~/.config/fish/completions") != text.npos);
}

CAF_TEST(no name is parted at the end of a line) {
  for (auto width : {"60", "80"}) {
    auto text = output_of("groff", "-man -Tutf8 -P -cbou -rLL="
                                     + std::string{width} + "n PAGE 2>/dev/null");
    // The hyphen that is no minus; and none of ours stands in the page.
    CAF_CHECK_EQUAL(text.find("‐"), text.npos);
    if (!text.empty())
      for (auto& s : settings())
        if (!s.environment.empty())
          CAF_CHECK(text.find(s.environment) != text.npos);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
