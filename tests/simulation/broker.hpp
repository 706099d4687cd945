#pragma once

// The broker as a daemon's network port sees it, in simulated time: keys by
// REST, one WebSocket an app key, trades, PINGPONG, and every way to fail.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ports/clock.hpp"
#include "actors/ports/network.hpp"
#include "runtime/simulate/credentials.hpp"
#include "runtime/simulate/exchange.hpp"
#include "runtime/simulate/market.hpp"
#include "simulation/timeline.hpp"
#include "simulation/truth.hpp"

namespace observer::simulation {

struct broker_config {
  uint64_t seed = 1;
  size_t symbols = 8;
  /// Records a second over all issues.
  double rate = 20;
};

/// The broker outlives the daemons that come and go.
class broker {
 public:
  /// `wall_at_start` is the exchange's wall clock when the timeline is at 0; it
  /// never jumps.
  broker(timeline& line, simulate::dice& random, broker_config config,
         int64_t wall_at_start_us);

  /// The network port of one process; `die` ends all that is open there.
  class port;
  std::shared_ptr<port> make_port(uint64_t life);

  /// Trades a frame of some issue.
  void trade();
  /// Trades one record of every issue, so that every hole ends, and no more
  /// from then on.
  void last_trades();
  const std::vector<std::string>& symbols() const {
    return symbols_;
  }
  bool all_registered() const {
    return exchange_.registrations() == symbols_.size();
  }

  // -- faults -----------------------------------------------------------------

  enum class answer : uint8_t {
    well,
    unreachable,
    tls_refused,
    no_websocket,
    /// Neither accepts nor refuses.
    nothing,
  };
  answer sockets = answer::well;
  answer rest = answer::well;
  /// Requests on the socket are read and never answered.
  bool mute = false;

  void drop(std::string_view why);
  /// No trades are sent, PINGPONG only, until then.
  void silence(int64_t until_us);
  /// Trades come under a symbol that nobody asked for, until told otherwise.
  void mix_up(bool so) {
    mixed_up_ = so;
  }
  /// Nothing at all comes and nothing is read, for ever.
  void freeze();
  /// Nothing comes until then, and then everything.
  void stall(int64_t until_us);
  /// A session is held up now.
  bool stalled() const;
  void garbage();
  void refuse_next() {
    exchange_.refuse_next();
  }
  void forget_keys() {
    keys_.forget_approval_keys();
  }
  void widen() {
    width_ = std::min(width_ + 1, simulate::trade_width_max);
  }
  /// Records come with a value more, between the first two, until it is called
  /// again with an empty symbol; of one symbol, or of all ("*").
  void shift_layout(std::string symbol) {
    shifted_ = std::move(symbol);
  }
  /// So many frames of a thousand come with a first record whose time is none.
  void damage(int64_t per_mille) {
    damaged_per_mille_ = per_mille;
  }
  /// Another client holds the app key until then: OPSP8996 and a close for
  /// whoever else comes.
  void take_appkey(int64_t until_us);

  struct session;
  truth facts;

 private:
  friend class port;
  using session_ptr = std::shared_ptr<session>;

  int64_t wall_us() const {
    return wall_at_start_us_ + line_.now_us();
  }
  void open(const session_ptr& s);
  void receive(const session_ptr& s, const std::string& text);
  void push(const session_ptr& s, std::string_view text, uint64_t records);
  void flush(const session_ptr& s);
  void close(const session_ptr& s, socket_end end, std::string why,
             int64_t delay_us);
  void forget(const session_ptr& s);
  void pingpong(const session_ptr& s);
  void trade(const std::string& symbol, int64_t records);
  std::vector<session_ptr> open_sessions() const;

  timeline& line_;
  simulate::dice& random_;
  int64_t wall_at_start_us_;
  std::vector<std::string> symbols_;
  simulate::market market_;
  simulate::credentials keys_;
  simulate::exchange exchange_;
  simulate::instrument decoy_;
  std::map<simulate::session_number, session_ptr> sessions_;
  /// Who gets the trades of a symbol.
  std::map<std::string, std::set<simulate::session_number>> listeners_;
  bool closed_ = false;
  size_t width_ = simulate::trade_width_now;
  std::string shifted_;
  int64_t damaged_per_mille_ = 0;
  bool mixed_up_ = false;
  int64_t silent_until_us_ = 0;
  int64_t appkey_taken_until_us_ = 0;
};

/// One process's way to the broker.
class broker::port : public network {
 public:
  port(broker& b, uint64_t life) : broker_(b), life_(life) {}

  std::unique_ptr<web_socket> connect(const socket_target& target,
                                      connection_actor receiver) override;
  void request(const http_request& request,
               credentials_actor receiver) override;
  void die();
  /// The clock that stamps what arrives.
  std::shared_ptr<wall_clock> clock;

 private:
  broker& broker_;
  uint64_t life_;
  std::vector<std::weak_ptr<session>> opened_;
};

} // namespace observer::simulation
