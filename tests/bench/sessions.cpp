// Many sessions in one process, which the settings do not offer (an account has
// one): the daemon's own tree with as many feeds, writing to the same journal.
// Says `up MS` when every slot is registered; ends with standard input.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "frames.hpp"
#include "runtime/daemon/assembly.hpp"
#include "runtime/daemon/keep_memory.hpp"
#include "runtime/daemon/supervision_tree.hpp"
#include "runtime/daemon/system_clock.hpp"
#include "runtime/network/network_thread.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/storage/disk_thread.hpp"
#include "runtime/storage/posix_file_system.hpp"

namespace {

using namespace observer;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

struct options {
  uint16_t port = 0;
  std::string data_dir;
  size_t sessions = 1;
};

/// What `observer run` would have of its settings.
config settings_of(const options& o) {
  auto c = load_config({}).value();
  auto host = fmt::format("127.0.0.1:{}", o.port);
  c.kis.base_url = "http://" + host;
  c.kis.websocket_url = "ws://" + host;
  c.kis.app_key = secret{"bench"};
  c.kis.app_secret = secret{"bench"};
  c.data.dir = o.data_dir;
  c.track_b.debug = true;
  c.feed.subscribe_spacing_ms = 10;
  // One budget, shared out; but no less than a burst of one session takes.
  constexpr int64_t least_bytes = 2 << 20;
  c.feed.unacked_bytes_max
    = std::max(c.feed.unacked_bytes_max / static_cast<int64_t>(o.sessions),
               least_bytes);
  for (auto& symbol : bench::symbols())
    c.feed.symbols.push_back({"H0STCNT0", symbol});
  return c;
}

size_t live_slots(const std::vector<assembly>& sessions) {
  size_t n = 0;
  for (auto& s : sessions)
    for (auto& slot : s.memory->board->slots)
      n += slot.view().state == "live";
  return n;
}

int record(const options& o) {
  keep_memory();
  auto begin = clock_type::now();
  auto settings = settings_of(o);
  daemon_ports ports{std::make_shared<system_clock>(),
                     std::make_shared<posix_file_system>(nullptr),
                     {}, nullptr};
  for (auto& disk : ports.workers)
    disk = std::make_shared<disk_thread>();
  auto network = network_thread::make({}, ports.clock);
  ports.net = std::shared_ptr{std::move(network).value()};
  std::vector<assembly> sessions;
  for (size_t i = 0; i < o.sessions; ++i) {
    auto made = assemble(settings, fmt::format("bench{}", i + 1), i + 1, ports);
    if (!made) {
      std::cerr << made.error().text << "\n";
      return 1;
    }
    sessions.push_back(std::move(made).value());
    if (i == 0)
      continue;
    auto& feed = sessions.back().tree.feeds.front();
    // The writers tell the first session of their troubles: all must hear.
    feed.connection.memory->storage = sessions.front().memory->storage;
    sessions.front().tree.feeds.push_back(feed);
  }
  caf::actor_system_config system_config;
  system_config.set("scheduler.policy", caf::atom("sharing"));
  system_config.set("scheduler.max-threads", size_t{1});
  system_config.set("scheduler.max-throughput", size_t{50});
  {
    caf::actor_system system{system_config};
    auto guardian = start_tree(system, sessions.front().tree);
    while (live_slots(sessions) < o.sessions * slots_per_session) {
      if (clock_type::now() - begin > 60s) {
        std::cerr << live_slots(sessions) << " slots are registered after a "
                  << "minute\n";
        return 1;
      }
      std::this_thread::sleep_for(20ms);
    }
    auto up = std::chrono::duration<double, std::milli>(clock_type::now()
                                                        - begin);
    std::cout << fmt::format("up {:.0f}", up.count()) << std::endl;
    for (std::string line; std::getline(std::cin, line);)
      ;
    // The load does not answer releases, and each session would wait for that:
    // what is measured is on disk, and the rest ends with the process.
    std::cout.flush();
    std::_Exit(0);
  }
}

} // namespace

int main(int argc, char** argv) {
  options o;
  CLI::App app{"Records what the load of the bench sends, in many sessions."};
  app.add_option("--port", o.port, "of the load")->required();
  app.add_option("--data-dir", o.data_dir, "for the journal")->required();
  app.add_option("--sessions", o.sessions, "of 41 slots each");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::warn);
  return record(o);
}
