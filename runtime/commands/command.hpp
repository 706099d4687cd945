#pragma once

// One subcommand: what help, completion and manual say of it, and what it does.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/settings/options.hpp"

namespace CLI {
class App;
}

namespace observer {

/// A line that a user can type, and what it does.
struct example {
  std::string line;
  std::string effect;
};

struct command {
  std::string name;
  /// One line.
  std::string summary;
  /// Of the exit status, in one or two sentences.
  std::string exit_status;
  std::vector<example> examples;
  /// Adds its options to the subcommand. They are stored in what `run` reads.
  std::function<void(CLI::App&)> declare;
  /// Does it, after a parse; returns the exit status.
  std::function<int()> run;
  /// It stops in order when a signal says so: it takes signals itself.
  bool takes_signals = false;
  /// The settings that its options set; null where it has none.
  std::shared_ptr<flag_values> flags = nullptr;
};

} // namespace observer
