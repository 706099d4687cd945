// The command line: one subcommand a job, each in a file of its own.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>
#include <string_view>

#include <CLI/CLI.hpp>

#include "actors/supervision/last_words.hpp"
#include "messages/exceptions.hpp"
#include "messages/outside_text.hpp"
#include "runtime/audit/command.hpp"
#include "runtime/commands/config.hpp"
#include "runtime/commands/decode.hpp"
#include "runtime/commands/run.hpp"
#include "runtime/console/terminal/command.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/process/output_queue.hpp"
#include "runtime/process/shortage.hpp"
#include "runtime/process/signals.hpp"
#include "runtime/process/standard_streams.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/simulate/command.hpp"

namespace {

/// Before the command line is understood: its errors are told in the log's form
/// too, by the commands that run or watch.
void choose_error_form(int argc, char** argv) {
  using namespace observer;
  std::string_view command = argc > 1 ? argv[1] : "";
  if (command != "run" && command != "demo" && command != "simulate"
      && command != "console")
    return;
  auto format = std::getenv("LOG_FORMAT");
  last_words_in_json(format && std::string_view{format} == "json");
  flag_values flags;
  constexpr std::string_view flag = "--log-format";
  for (int i = 2; i < argc && command == "run"; ++i) {
    std::string_view text{argv[i]};
    if (text == flag && i + 1 < argc)
      flags.values["log.format"] = argv[i + 1];
    else if (text.starts_with(flag) && text.substr(flag.size()).starts_with('='))
      flags.values["log.format"] = text.substr(flag.size() + 1);
  }
  if (wanted_format(process_sources(flags)) == "json") {
    set_error_form(line_form::json);
    last_words_in_json(true);
  }
}

/// What the library says of a command line, in one piece.
std::string words_of(CLI::App& app, const CLI::ParseError& e) {
  std::ostringstream said;
  app.exit(e, said, said);
  auto text = said.str();
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

} // namespace

int main(int argc, char** argv) {
  using namespace observer;
  // First of all: a command that runs until a signal is not ended by one that
  // comes while it starts, nor by one that comes while the process ends.
  auto& signals = *new process_signals;
  secure_standard_streams();
  // Until there is a log, whose words say more.
  std::set_terminate([] {
    say_last_words("cannot start: out of memory, or a fault of this program");
    std::abort();
  });
  keep_environment_secrets();
  choose_error_form(argc, argv);
  CLI::App app{"Records the real-time market data of a KIS account: every "
               "trade that reaches the socket is on disk, or counted with the "
               "reason."};
  app.name("observer");
  app.require_subcommand(1);
  app.set_version_flag("--version", OBSERVER_VERSION);

  run_options run;
  auto* run_command = app.add_subcommand(
    "run", "Record: connect, subscribe, write until SIGINT or SIGTERM");
  add_run_options(*run_command, run);

  demo_options demo;
  auto* demo_command = app.add_subcommand(
    "demo", "Record a simulated exchange, to see it work without an account");
  add_demo_options(*demo_command, demo);

  decode_options decode;
  auto* decode_command = app.add_subcommand(
    "decode", "Frames, one a line, to JSON lines: for a capture and a doubt");
  add_decode_options(*decode_command, decode);

  audit_options audit;
  auto* audit_command = app.add_subcommand(
    "audit", "Prove a journal from its files alone");
  add_audit_options(*audit_command, audit);

  simulate_options simulate;
  auto* simulate_command = app.add_subcommand(
    "simulate", "A KIS exchange on loopback, for tests and trials");
  add_simulate_options(*simulate_command, simulate);

  console_options console;
  auto* console_command = app.add_subcommand(
    "console", "Watch a running recorder on the terminal");
  add_console_options(*console_command, console);

  config_command_options config;
  auto* config_command = app.add_subcommand(
    "config", "Print every setting, its value and where it comes from");
  add_config_command_options(*config_command, config);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) { // --help, --version
    signals.give_back();
    return status_of_output("", app.exit(e));
  } catch (const CLI::ParseError& e) {
    signals.give_back();
    if (argc == 1)
      std::cerr << app.help();
    else if (app.get_subcommands().empty())
      std::cerr << error_line("error", std::string{"observer: \""} + argv[1]
                                         + "\" is no command; see observer "
                                           "--help");
    else if (error_form() == line_form::json)
      std::cerr << error_line("error", words_of(app, e));
    else
      std::cerr << lines_for_terminal(words_of(app, e)) << '\n';
    return 2;
  }

  try {
    if (*run_command)
      return run_daemon(run);
    if (*demo_command)
      return run_demo(demo);
    if (*simulate_command)
      return run_simulate(simulate);
    // The others are ended by signals as any program is.
    signals.give_back();
    if (*decode_command)
      return run_decode(decode, std::cin, std::cout, std::cerr); // looks itself
    if (*audit_command)
      return status_of_output("audit", run_audit(audit, std::cout, std::cerr));
    if (*console_command)
      return status_of_output("console",
                              run_console(console, std::cout, std::cerr));
    return status_of_output("config",
                            run_config_command(config, std::cout, std::cerr));
  } catch (...) {
    auto thrown = std::current_exception();
    if (!tries([&] { say_error("observer: " + words_of_failed_start(thrown)); }))
      say_last_words("out of memory");
    return 1;
  }
}
