#pragma once

// `observer demo`: the daemon against a simulated exchange in the same process.

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace observer {

struct demo_options {
  /// Empty: a new folder under ./data for each run, because each run's market
  /// begins anew.
  std::string data_dir;
  int symbols = 41;
  double rate = 500;
  uint64_t seed = 1;
  int64_t seconds = 0;
  /// Of the console and the status; 0: none.
  int port = 8000;
};

void add_demo_options(CLI::App& app, demo_options& options);

/// Shows the counts while it runs; says where its console is once that listens,
/// that it records once a record is on disk, and at the end what it recorded. A
/// port that somebody else has is told, and another one is taken.
int run_demo(const demo_options& options);

} // namespace observer
