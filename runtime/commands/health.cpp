#include "runtime/commands/health.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "messages/outside_text.hpp"
#include "runtime/doctor/probe.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/settings/nearest.hpp"

namespace observer {

namespace {

constexpr double timeout_s_max = 600;

int refuse(std::ostream& err, const std::string& why) {
  err << error_line("error", "observer health: " + outside_text(why))
      << std::flush;
  return 2;
}

} // namespace

void add_health_options(CLI::App& app, health_options& options) {
  auto ready = app.add_flag("--ready", options.ready,
                            "Ask /ready: does it record, or is the market "
                            "closed? (the default)");
  app.add_flag("--alive", options.alive, "Ask /health: is the process alive?")
    ->excludes(ready);
  app.add_option("--url", options.url,
                 "Where it serves [default as service.address and service.port "
                 "say]")
    ->type_name("URL");
  app.add_option("--timeout", options.timeout_s,
                 "Longest wait for its answer, in seconds")
    ->check(CLI::Validator{
      [](std::string& text) { return fault_of_number(text, true); }, ""})
    ->capture_default_str();
  app.add_option_function<std::string>(
       "--config",
       [&flags = options.flags](const std::string& path) {
         flags.config_file = path;
       },
       "Settings file, as of run")
    ->type_name("FILE");
}

int run_health(const health_options& options, const config_sources& sources,
               std::ostream& out, std::ostream& err) {
  probed_service where;
  if (!options.url.empty()) {
    auto given = service_at(options.url);
    if (!given)
      return refuse(err, given.error().text);
    where.base = std::move(*given);
  } else {
    std::error_code unknown;
    if (options.flags.config_file
        && !std::filesystem::exists(*options.flags.config_file, unknown))
      return refuse(err, fmt::format("--config: there is no file {}",
                                     *options.flags.config_file));
    auto found = probed_service_of(sources);
    if (!found)
      return refuse(err, found.error().text);
    where = std::move(*found);
  }
  auto patience = std::chrono::milliseconds{static_cast<int64_t>(
    std::min(options.timeout_s, timeout_s_max) * 1'000)};
  auto seen = probe(where.base,
                    options.alive ? probe_question::alive
                                  : probe_question::ready,
                    std::max(patience, std::chrono::milliseconds{1}));
  if (seen.verdict == probe_verdict::no_contact)
    return refuse(err, where.passed_over.empty()
                         ? seen.text
                         : fmt::format("{}; the settings were passed over: {}",
                                       seen.text, where.passed_over));
  out << lines_for_terminal(seen.text) << '\n' << std::flush;
  return seen.verdict == probe_verdict::well ? 0 : 1;
}

int run_health(const health_options& options, std::ostream& out,
               std::ostream& err) {
  return run_health(options, process_sources(options.flags), out, err);
}

} // namespace observer
