#pragma once

// The settings on the command line.

#include <map>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace observer {

/// What the command line said: the text given for each key, and --config.
struct flag_values {
  std::map<std::string, std::string> values;
  std::optional<std::string> config_file;
};

/// Adds --config and a flag for each setting that may have one, in groups.
/// Secrets have none: a command line is visible to every user. The texts are
/// checked by load_config. `flags` must outlive `app`.
void add_config_options(CLI::App& app, flag_values& flags);

} // namespace observer
