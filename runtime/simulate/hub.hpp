#pragma once

// Where the parts of the simulated exchange meet: sessions, market, keys,
// faults and truth, on one thread and one clock.

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/simulate/credentials.hpp"
#include "runtime/simulate/exchange.hpp"
#include "runtime/simulate/feed.hpp"
#include "runtime/simulate/rest.hpp"
#include "runtime/simulate/rest_connection.hpp"
#include "runtime/simulate/server.hpp"
#include "runtime/simulate/session.hpp"
#include "runtime/simulate/truth.hpp"

namespace observer::simulate {

/// Must outlive every connection it serves. Only counts() and records() may
/// be called from other threads than the connections' one.
class hub final : public session_host {
public:
  explicit hub(const simulate_options& options);

  /// Opens the truth file and starts the clock.
  std::optional<std::string> start();
  /// Begins to close the sessions; calls back when the last one is gone.
  void goodbye(std::function<void()> all_gone);
  /// Cuts off whoever is left and flushes the truth.
  void finish();

  void serve_rest(std::unique_ptr<byte_stream> stream);
  void serve_websocket(std::unique_ptr<byte_stream> stream);

  /// Does what is due: faults, trades, PINGPONG, writes. True when trading
  /// has begun, and the next tick should be soon.
  bool tick();

  /// Makes a fault happen.
  void strike(const fault_plan& plan);

  uint64_t seed() const {
    return seed_;
  }
  simulate_counts counts() const;
  uint64_t records() const {
    return records_.load(std::memory_order_relaxed);
  }

  session_number opened(const std::shared_ptr<ws_session>& who) override;
  void received(ws_session& who, std::string_view text) override;
  void written(std::string_view truth, uint64_t records, uint64_t frames,
               uint64_t bytes) override;
  void closed(ws_session& who, std::string_view why) override;

private:
  using clock = std::chrono::steady_clock;
  using session_ptr = std::shared_ptr<ws_session>;

  int64_t now_us() const;
  void trade(double passed_s);
  size_t deliver(const std::vector<session_number>& to,
                 const data_frame& frame);
  void strike(const fault_plan& plan, ws_session& who);
  void send_garbage(ws_session& who);
  std::vector<session_ptr> open_sessions() const;
  void tell_refusal(const http_request& request, const http_reply& reply);
  void say(const std::string& what);

  simulate_options options_;
  uint64_t seed_;
  market issues_;
  credentials keys_;
  exchange exchange_;
  feed feed_;
  rest_api rest_;
  fault_schedule schedule_;
  /// Faults that wait for a session.
  std::vector<fault_plan> postponed_;
  /// Where garbage gets its records from, without moving the market.
  instrument decoy_;
  dice fault_dice_;
  truth_file truth_;
  bool truth_problem_told_ = false;

  std::set<std::string> refusals_told_;

  std::map<session_number, session_ptr> sessions_;
  std::vector<session_ptr> frozen_;
  std::function<void()> all_gone_;

  clock::time_point started_, ticked_;
  int64_t started_wall_us_ = 0;
  std::optional<int64_t> first_session_us_, trading_since_us_;
  double allowance_ = 0;
  uint64_t next_n_ = 1;
  int64_t flushed_us_ = 0;
  stamp stamp_;
  int64_t stamp_second_ = -1;
  bool finish_told_ = false;

  std::atomic<uint64_t> records_{0}, frames_{0}, bytes_{0}, faults_{0};
  std::atomic<uint64_t> open_{0}, registered_{0}, opened_{0};
  std::atomic<bool> finished_{false};
};

} // namespace observer::simulate
