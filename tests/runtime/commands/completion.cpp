#define CAF_SUITE runtime_commands_completion
#include "test.hpp"

#include "runtime/commands/all.hpp"
#include "runtime/commands/completion.hpp"
#include "runtime/commands/shell_line.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  test::temporary_directory dir;
  outline all = outline_of(all_commands());

  std::string path(const std::string& name) const {
    return (std::filesystem::path{dir.path()} / name).string();
  }

  /// A line of sh, in the directory, with both outputs.
  test::shell_outcome sh(const std::string& line) const {
    return test::run_shell_line("cd " + std::string{dir.path()} + " && { " + line
                                + "; } 2>&1 </dev/null");
  }

  bool has_shell(const std::string& shell) const {
    auto there = sh("command -v " + shell).status == 0;
    if (!there)
      CAF_MESSAGE("skipped: " << shell << " is not installed");
    return there;
  }

  std::string script(const std::string& shell) const {
    std::ofstream{path(shell)} << completion_for(shell, all);
    return path(shell);
  }

  /// What bash offers for the last of these words of a line.
  std::string offered(std::vector<std::string> words) const {
    std::string array;
    for (auto& word : words)
      array += " '" + word + "'";
    std::ofstream{path("ask")} << "source " << script("bash")
                               << "\nCOMP_WORDS=(observer" << array
                               << ")\nCOMP_CWORD=" << words.size()
                               << "\n_observer\necho \"${COMPREPLY[*]}\"\n";
    auto out = sh("bash --norc " + path("ask"));
    CAF_CHECK_EQUAL(out.status, 0);
    if (out.text.ends_with('\n'))
      out.text.pop_back();
    return out.text;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(completions, fixture)

CAF_TEST(bash completes commands and options and values) {
  if (!has_shell("bash"))
    return;
  CAF_CHECK_EQUAL(offered({"au"}), "audit");
  CAF_CHECK_EQUAL(offered({"de"}), "demo decode");
  CAF_CHECK_EQUAL(offered({"--v"}), "--version");
  CAF_CHECK_EQUAL(offered({"audit", "--expl"}), "--explain");
  CAF_CHECK_EQUAL(offered({"run", "--symbols", "005930", "--log-l"}),
                  "--log-level");
  CAF_CHECK_EQUAL(offered({"run", "--log-level", "d"}), "debug");
  CAF_CHECK_EQUAL(offered({"console", "--lang", "k"}), "ko");
  CAF_CHECK_EQUAL(offered({"run", "--log-format", ""}), "text json");
  CAF_CHECK_EQUAL(offered({"config", "--log-level", "=", "cr"}), "critical");
  CAF_CHECK_EQUAL(offered({"config", "--log-format", "="}), "text json");
  CAF_CHECK_EQUAL(offered({"decode", "--tr", "H0NXC"}), "H0NXCNT0");
  CAF_CHECK_EQUAL(offered({"completion", ""}), "bash zsh fish");
  CAF_CHECK_EQUAL(offered({"help", "sim"}), "simulate");
  // Any number: nothing to offer, files least of all.
  CAF_CHECK_EQUAL(offered({"run", "--port", ""}), "");
}

CAF_TEST(bash completes folders where a folder belongs and files where a file) {
  if (!has_shell("bash"))
    return;
  std::filesystem::create_directory(path("data one"));
  std::ofstream{path("data.txt")} << "x";
  CAF_CHECK_EQUAL(offered({"run", "--data-dir", "da"}), "data one");
  CAF_CHECK_EQUAL(offered({"decode", "data."}), "data.txt");
  CAF_CHECK_EQUAL(offered({"run", "--config", "data."}), "data.txt");
}

CAF_TEST(bash offers the words of the first argument that has any) {
  if (!has_shell("bash"))
    return;
  CAF_CHECK_EQUAL(offered({"days", ""}), "list mark unmark");
  CAF_CHECK_EQUAL(offered({"backup", "v"}), "verify");
}

CAF_TEST(each shell reads its script) {
  for (auto& shell : completed_shells())
    if (has_shell(shell)) {
      auto out = sh(shell + " -n " + script(shell));
      CAF_CHECK_EQUAL(out.text, "");
      CAF_CHECK_EQUAL(out.status, 0);
    }
}

CAF_TEST(fish completes commands and values) {
  if (!has_shell("fish"))
    return;
  auto ask = [&](const std::string& line) {
    // fish wants a home to write to.
    return sh("HOME=. fish --no-config -c 'source " + script("fish")
              + "; complete -C \"" + line + "\"'")
      .text;
  };
  CAF_CHECK(ask("observer aud").starts_with("audit\t"));
  CAF_CHECK(ask("observer run --log-level d").starts_with("debug\t"));
  CAF_CHECK(ask("observer audit --expl").starts_with("--explain\t"));
}

CAF_TEST(each script has all options of all commands) {
  for (auto& shell : completed_shells()) {
    auto text = completion_for(shell, all);
    for (auto& command : all.commands) {
      CAF_CHECK(text.find(command.name) != text.npos);
      for (auto& option : command.options)
        for (auto& name : option.names)
          if (!option.is_argument) {
            auto written = shell == "fish" ? name.substr(name.rfind("--") == 0
                                                           ? 2
                                                           : 1)
                                           : name;
            CAF_CHECK(text.find(written) != text.npos);
          }
    }
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
