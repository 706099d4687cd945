#pragma once

// The settings on the command line.

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace observer {

/// What the command line said: the text given for each key, and --config.
struct flag_values {
  std::map<std::string, std::string> values;
  std::optional<std::string> config_file = {};
  /// Keys in the order in which they were typed, as far as that is known.
  std::vector<std::string> order = {};
};

/// Adds --config and a flag for each setting that may have one, in groups.
/// Secrets have none: a command line is visible to every user. The texts are
/// checked by load_config. `flags` must outlive `app`.
void add_config_options(CLI::App& app, flag_values& flags);

} // namespace observer
