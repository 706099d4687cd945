#include "runtime/commands/run.hpp"

#include <CLI/CLI.hpp>

#include "messages/result.hpp"
#include "runtime/commands/live.hpp"
#include "runtime/process/shortage.hpp"
#include "runtime/process/signals.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/nearest.hpp"

namespace observer {

void add_run_options(CLI::App& app, run_options& options) {
  add_config_options(app, options.flags);
  app.add_flag("--progress", options.progress,
               "Show counts on standard error while it runs");
  app.add_option("--seconds", options.seconds,
                 "Stop after so many seconds (0: until a signal)")
    ->check(CLI::Validator{
      [](std::string& text) { return fault_of_number(text, false); }, ""});
  app.add_flag("--allow-chaos", options.allow_chaos,
               "Let operators crash a writer on purpose, from a console");
}

int run_daemon(const run_options& options) {
  // No reader of what is said may end it, not even a start that fails.
  ignore_broken_pipes();
  auto sources = process_sources(options.flags);
  say_as(wanted_format(sources));
  if (auto bad = check_descriptors(descriptors_needed)) {
    say_failure(bad->text);
    return 1;
  }
  std::string format;
  auto c = load_config(sources, &format);
  say_as(format);
  if (!c) {
    say_failure(c.error().text);
    return 2;
  }
  if (auto good = check_recordable(*c); !good) {
    say_failure(good.error().text);
    return 2;
  }
  return live(*c, options);
}

} // namespace observer
