#include "runtime/commands/config.hpp"

#include <ostream>

#include <CLI/CLI.hpp>

#include "messages/outside_text.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/settings/text.hpp"

namespace observer {

void add_config_command_options(CLI::App& app,
                                config_command_options& options) {
  auto json = app.add_flag("--json", options.json, "Print a JSON object");
  app.add_flag("--example", options.example,
               "Print an example file: every key with its default")
    ->excludes(json);
  add_config_options(app, options.flags);
}

int run_config_command(const config_command_options& options,
                       const config_sources& sources, std::ostream& out,
                       std::ostream& err) {
  if (options.example) {
    out << example_toml();
    return 0;
  }
  auto c = load_config(sources);
  if (!c) {
    err << "observer: " << outside_text(c.error().text) << "\n";
    return 2;
  }
  for (auto& warning : c->warnings)
    err << "observer: warning: " << outside_text(warning) << "\n";
  out << (options.json ? json_for_terminal(describe_config_json(*c))
                       : lines_for_terminal(describe_config(*c)));
  return 0;
}

int run_config_command(const config_command_options& options,
                       std::ostream& out, std::ostream& err) {
  return run_config_command(options, process_sources(options.flags), out, err);
}

} // namespace observer
