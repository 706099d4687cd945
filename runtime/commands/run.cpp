#include "runtime/commands/run.hpp"

#include <optional>

#include <CLI/CLI.hpp>

#include "messages/result.hpp"
#include "runtime/commands/live.hpp"
#include "runtime/process/shortage.hpp"
#include "runtime/process/signals.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/nearest.hpp"

namespace observer {

namespace {

/// What must be there before anything starts.
std::optional<problem> check_runnable(const config& c) {
  if (auto ok = check_credentials(c); !ok)
    return ok.error();
  if (!c.track_b.enabled)
    return problem{"nothing to record: track_b.enabled is false "
                   "(TRACK_B_ENABLED), and the real-time feed is all that "
                   "there is"};
  if (c.feed.symbols.empty())
    return problem{"nothing to record: no symbols; name up to 41 with "
                   "OBSERVER_SYMBOLS=005930,000660 or feed.symbols in "
                   "observer.toml"};
  return std::nullopt;
}

} // namespace

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
  if (auto bad = check_runnable(*c)) {
    say_failure(bad->text);
    return 2;
  }
  return live(*c, options);
}

} // namespace observer
