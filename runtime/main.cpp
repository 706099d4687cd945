// The command line, from the first statement to the exit status.

#include <cstdlib>
#include <exception>
#include <iostream>

#include "actors/supervision/last_words.hpp"
#include "messages/exceptions.hpp"
#include "runtime/commands/all.hpp"
#include "runtime/commands/command_line.hpp"
#include "runtime/commands/error_form.hpp"
#include "runtime/commands/help.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/process/output_queue.hpp"
#include "runtime/process/shortage.hpp"
#include "runtime/process/signals.hpp"
#include "runtime/process/standard_streams.hpp"
#include "runtime/settings/load.hpp"

namespace {

using namespace observer;

/// A text was asked for, or the line is wrong.
int answer(const parsed_command& line) {
  if (!line.answer.empty()) {
    std::cout << line.answer;
    return status_of_output("", 0);
  }
  std::cerr << (line.problem.empty() ? usage(outline_of(all_commands()))
                                     : error_line("error", line.problem));
  return 2;
}

} // namespace

int main(int argc, char** argv) {
  // First of all: a command that runs until a signal is not ended by one that
  // comes while it starts, nor by one that comes while the process ends.
  static auto& signals = *new process_signals;
  secure_standard_streams();
  // Until there is a log, whose words say more.
  std::set_terminate([] {
    say_last_words("cannot start: out of memory, or a fault of this program");
    std::abort();
  });
  keep_environment_secrets();
  choose_error_form(argc, argv);
  try {
    auto line = parse_line({argv + 1, argv + argc});
    // All others are ended by signals as any program is.
    if (!line.chosen || !line.chosen->takes_signals)
      signals.give_back();
    return line.chosen ? line.chosen->run() : answer(line);
  } catch (...) {
    auto thrown = std::current_exception();
    if (!tries([&] { say_error("observer: " + words_of_failed_start(thrown)); }))
      say_last_words("out of memory");
    return 1;
  }
}
