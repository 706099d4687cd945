// A row a command: its words, its options, what it does.

#include "runtime/commands/all.hpp"

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "messages/cause.hpp"
#include "runtime/archive/command.hpp"
#include "runtime/archive/days_command.hpp"
#include "runtime/audit/command.hpp"
#include "runtime/commands/completion.hpp"
#include "runtime/commands/config.hpp"
#include "runtime/commands/decode.hpp"
#include "runtime/commands/demo.hpp"
#include "runtime/commands/doctor.hpp"
#include "runtime/commands/health.hpp"
#include "runtime/commands/help.hpp"
#include "runtime/commands/manual.hpp"
#include "runtime/commands/outline.hpp"
#include "runtime/commands/run.hpp"
#include "runtime/console/terminal/command.hpp"
#include "runtime/daemon/archive_work.hpp"
#include "runtime/process/standard_streams.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/nearest.hpp"
#include "runtime/simulate/command.hpp"

namespace observer {

namespace {

command run_row() {
  auto options = std::make_shared<run_options>();
  return {
    .name = "run",
    .summary = "Record: connect, subscribe, write until a signal stops it",
    .exit_status = "0 after a stop at which every record is on disk or counted; "
                   "1 when it could not start, gave up, or left records in "
                   "flight; 2 for settings that are not usable.",
    .examples = {
      {"KIS_APP_KEY=… KIS_APP_SECRET=… observer run --symbols 005930,000660",
       "trades of two issues into ./data"},
      {"observer run --config /etc/observer/observer.toml --progress",
       "as the file says, with the counts on the terminal"},
      {"observer run --virtual --symbols H0STASP0:005930 --data-dir /srv/data",
       "quotes, with the keys of a paper account"},
    },
    .declare = [options](CLI::App& app) { add_run_options(app, *options); },
    .run = [options] { return run_daemon(*options); },
    .takes_signals = true,
    .flags = {options, &options->flags}};
}

command demo_row() {
  auto options = std::make_shared<demo_options>();
  return {
    .name = "demo",
    .summary = "Record a simulated exchange, to see it work without an account",
    .exit_status = "As of run.",
    .examples = {
      {"observer demo", "until Ctrl-C, with a console on port 8000"},
      {"observer demo --seconds 60 --symbols 10 --rate 2000",
       "a minute of ten issues"},
      {"observer demo --port 0 --data-dir /tmp/demo",
       "into that folder, without a console"},
    },
    .declare = [options](CLI::App& app) { add_demo_options(app, *options); },
    .run = [options] { return run_demo(*options); },
    .takes_signals = true};
}

command decode_row() {
  auto options = std::make_shared<decode_options>();
  return {
    .name = "decode",
    .summary = "Frames, one a line, to JSON lines: for a capture and a doubt",
    .exit_status = "0 when all was read; 1 when records were rejected; 2 for "
                   "input that is not usable.",
    .examples = {
      {"observer decode capture.txt > ticks.jsonl", "a capture of the socket"},
      {"observer decode --summary data/quarantine/20260914.jsonl",
       "the records that were rejected that day, with totals"},
      {"observer decode --tr H0STCNT0 --count 4 < payloads.txt",
       "payloads without their header"},
    },
    .declare = [options](CLI::App& app) { add_decode_options(app, *options); },
    // It looks after its output itself.
    .run = [options] {
      return run_decode(*options, std::cin, std::cout, std::cerr);
    }};
}

command days_row() {
  auto options = std::make_shared<days_options>();
  return {
    .name = "days",
    .summary = "The days on this disk, and what a backup has of them",
    .exit_status = "0; 1 when something could not be read; 2 for no such "
                   "directory or day.",
    .examples = {
      {"observer days", "sizes, forms, backups, certificates, anomalies"},
      {"observer days --json --data-dir data", "for a program"},
      {"observer days mark 2026-09-14 --why split",
       "that day stays as long as days with anomalies"},
    },
    .declare = [options](CLI::App& app) { add_days_options(app, *options); },
    .run = [options] {
      return status_of_output("days", run_days(*options, make_archive_work,
                                               std::cout, std::cerr));
    },
    .flags = {options, &options->flags}};
}

CLI::Validator one_of_words(std::vector<std::string> words) {
  return {[words = std::move(words)](std::string& text) {
            return fault_of_choice(text, words);
          },
          ""};
}

/// All but `none`.
std::vector<std::string> cause_names() {
  std::vector<std::string> out;
  for (size_t i = 1; i < cause_count; ++i)
    out.emplace_back(to_string(static_cast<cause>(i)));
  return out;
}

command audit_row() {
  auto options = std::make_shared<audit_options>();
  return {
    .name = "audit",
    .summary = "Prove a journal from its files alone",
    .exit_status = "0 sound; 1 findings; 2 no directory that can be read; 130 "
                   "after Ctrl-C.",
    .examples = {
      {"observer audit data", "all that was recorded"},
      {"observer audit --day 2026-09-14 --explain data",
       "one day, and what is missing of it by cause"},
      {"observer audit --closed --json data > audit.json",
       "after a stop, for a program"},
    },
    .declare =
      [options](CLI::App& app) {
        add_audit_options(app, *options);
        app.get_option("--cause")->check(one_of_words(cause_names()));
      },
    .run = [options] {
      return status_of_output("audit",
                              run_audit(*options, std::cout, std::cerr));
    }};
}

command simulate_row() {
  auto options = std::make_shared<simulate_options>();
  return {
    .name = "simulate",
    .summary = "A KIS exchange on loopback, for tests and trials",
    .exit_status = "0 after a stop; 1 when it could not start; 2 for options "
                   "that are not usable.",
    .examples = {
      {"observer simulate", "41 issues, 500 trades a second"},
      {"observer simulate --rate 5000 --seed 42 --truth truth.jsonl",
       "the same trades each time, and a file of all that was sent"},
      {"observer simulate --rest-port 0 --ws-port 0 --wait-symbols 41 --total "
       "100000",
       "100,000 trades once all is registered, on free ports"},
      {"observer simulate --fault drop:every=60 --fault garbage:after=1000",
       "with faults"},
      {"observer simulate --paper --holidays 2026-12-24",
       "as the hosts of paper accounts"},
    },
    .declare = [options](CLI::App& app) { add_simulate_options(app, *options); },
    .run = [options] { return run_simulate(*options); },
    .takes_signals = true};
}

command backup_row() {
  auto options = std::make_shared<backup_options>();
  return {
    .name = "backup",
    .summary = "Back up closed days, and prove it by reading them back",
    .exit_status = "0 when all is in the target and proven; 1 when something is "
                   "not; 2 for settings or days that are not usable; 130 after "
                   "Ctrl-C, which loses nothing.",
    .examples = {
      {"observer backup", "all closed days that are not backed up yet"},
      {"observer backup --init --target /mnt/backup",
       "take that folder as a target"},
      {"observer backup 20260914 --target s3://bucket/observer",
       "one day, into a bucket"},
      {"observer backup verify", "read all of it back, and compare"},
    },
    .declare = [options](CLI::App& app) { add_backup_options(app, *options); },
    .run = [options] {
      return status_of_output("backup",
                              run_backup(*options,
                                         process_sources(options->flags),
                                         std::cout, std::cerr));
    },
    .flags = {options, &options->flags}};
}

command restore_row() {
  auto options = std::make_shared<restore_options>();
  return {
    .name = "restore",
    .summary = "Bring a day back from its backup, proven",
    .exit_status = "0 when the day is there; 1 when not: a file that differs is "
                   "never overwritten; 2 for settings or a day that is not "
                   "usable; 130 after Ctrl-C.",
    .examples = {
      {"observer restore 20260914", "into the data directory"},
      {"observer restore 20260914 --to /tmp/day --from /mnt/backup",
       "into a folder, to look at it"},
    },
    .declare = [options](CLI::App& app) { add_restore_options(app, *options); },
    .run = [options] {
      return status_of_output("restore",
                              run_restore(*options,
                                          process_sources(options->flags),
                                          std::cout, std::cerr));
    },
    .flags = {options, &options->flags}};
}

command console_row() {
  auto options = std::make_shared<console_options>();
  return {
    .name = "console",
    .summary = "Watch a running recorder on the terminal",
    .exit_status = "0 when its reader left it; with --once 0 when it records or "
                   "the market is closed, 1 when it does not record; 2 without "
                   "contact or terminal.",
    .examples = {
      {"observer console", "the recorder of this machine"},
      {"ssh -t vm-1 observer console", "that of another one"},
      {"observer console --once --json | jq .verdict", "for a script"},
    },
    .declare = [options](CLI::App& app) { add_console_options(app, *options); },
    .run = [options] {
      return status_of_output("console",
                              run_console(*options, std::cout, std::cerr));
    }};
}

command doctor_row() {
  auto options = std::make_shared<doctor_options>();
  return {
    .name = "doctor",
    .summary = "Look at all that must be in order to record, and say what to do",
    .exit_status = "0 when all is in order, or a warning; 1 when a check failed; "
                   "2 when what it found could not be written, and for wrong "
                   "use.",
    .examples = {
      {"observer doctor", "as the settings are: what to send to support"},
      {"observer doctor --fix", "make the data directory, correct its modes"},
      {"observer doctor --offline --json | jq '.checks[] | select(.state != "
       "\"ok\")'",
       "what is not in order, without asking the broker"},
    },
    .declare = [options](CLI::App& app) { add_doctor_options(app, *options); },
    .run = [options] { return run_doctor(*options); },
    .flags = {options, &options->flags}};
}

command health_row() {
  auto options = std::make_shared<health_options>();
  return {
    .name = "health",
    .summary = "Ask a running recorder whether it is well, for health checks",
    .exit_status = "0 when it records or the market is closed (with --alive: "
                   "when it is alive); 1 when it does not record; 2 without "
                   "contact, for what is no observer, and for wrong use.",
    .examples = {
      {"observer health", "that of this machine, where its settings say"},
      {"observer health --alive", "whether its process answers"},
      {"observer health --url http://vm-1:8000 --timeout 1",
       "another one, with little patience"},
    },
    .declare = [options](CLI::App& app) { add_health_options(app, *options); },
    // The answer is its status, whoever reads the line.
    .run = [options] { return run_health(*options, std::cout, std::cerr); }};
}

command config_row() {
  auto options = std::make_shared<config_command_options>();
  return {
    .name = "config",
    .summary = "Print every setting, its value and where it comes from",
    .exit_status = "0; 2 for settings that are not usable.",
    .examples = {
      {"observer config", "what a run would take"},
      {"observer config --example > observer.toml",
       "a file to begin with: all settings, commented out"},
      {"observer config --port 9000 --json | jq '.\"service.port\"'",
       "one of them, for a script"},
    },
    .declare = [options](CLI::App& app) {
      add_config_command_options(app, *options);
    },
    .run = [options] {
      return status_of_output("config", run_config_command(*options, std::cout,
                                                           std::cerr));
    },
    .flags = {options, &options->flags}};
}

/// A command that prints a text made of the whole table.
template <class Text>
auto printed(const char* name, Text text) {
  return [name, text] {
    std::cout << text();
    return status_of_output(name, 0);
  };
}

/// An argument that is one of these words.
void add_word(CLI::App& app, const char* name, std::string& to,
              const std::vector<std::string>& words, const char* what) {
  app
    .add_option(name, to, what)
    ->type_name(CLI::detail::join(words, "|"))
    ->check(one_of_words(words));
}

command help_row(std::vector<std::string> names) {
  auto topic = std::make_shared<std::string>();
  return {
    .name = "help",
    .summary = "Say what a command does, and its options",
    .exit_status = "0; 2 for a command that there is not.",
    .examples = {{"observer help", "all commands in brief"},
                 {"observer help audit", "as observer audit --help"}},
    .declare = [topic, names](CLI::App& app) {
      add_word(app, "COMMAND", *topic, names, "Which one; absent: all in brief");
    },
    .run = printed("help", [topic] {
      auto all = outline_of(all_commands());
      return topic->empty() ? overview(all) : help_of(*all.find(*topic));
    })};
}

command completion_row() {
  auto shell = std::make_shared<std::string>();
  return {
    .name = "completion",
    .summary = "Print what makes a shell complete commands and options",
    .exit_status = "0; 2 for a shell that is not known.",
    .examples = {
      {"observer completion bash > "
       "~/.local/share/bash-completion/completions/observer",
       "for bash"},
      {"observer completion zsh > /usr/local/share/zsh/site-functions/_observer",
       "for zsh"},
      {"observer completion fish > ~/.config/fish/completions/observer.fish",
       "for fish"},
    },
    .declare = [shell](CLI::App& app) {
      add_word(app, "SHELL", *shell, completed_shells(), "For which shell");
      app.get_option("SHELL")->required();
    },
    .run = printed("completion", [shell] {
      return completion_for(*shell, outline_of(all_commands()));
    })};
}

command man_row() {
  return {
    .name = "man",
    .summary = "Print the manual page",
    .exit_status = "0.",
    .examples = {
      {"observer man | man -l -", "read it"},
      {"observer man > /usr/local/share/man/man1/observer.1", "install it"},
    },
    .declare = [](CLI::App&) {},
    .run = printed("man", [] { return manual(outline_of(all_commands())); })};
}

} // namespace

std::vector<command> all_commands() {
  std::vector<command> out{run_row(),     demo_row(),    audit_row(),
                           console_row(), decode_row(),  backup_row(),
                           restore_row(), days_row(),    simulate_row(),
                           config_row(),  health_row(),  doctor_row()};
  std::vector<std::string> names;
  for (auto& x : out)
    names.push_back(x.name);
  names.insert(names.end(), {"completion", "man", "help"});
  out.push_back(completion_row());
  out.push_back(man_row());
  out.push_back(help_row(names));
  return out;
}

} // namespace observer
