#pragma once

// Decides what trades next and puts it into frames: the exchange's data side,
// apart from sockets and from time (which the caller brings).

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/simulate/exchange.hpp"
#include "runtime/simulate/market.hpp"

namespace observer::simulate {

/// One data frame, `0|H0STCNT0|003|…`, and where its records lie in it.
struct data_frame {
  struct record {
    size_t offset, size;
    int64_t acml_vol;
  };
  std::string_view tr_id;
  std::string_view symbol;
  std::string text;
  std::vector<record> records;
};

struct feed_config {
  uint64_t seed = 1;
  size_t records_min = 1;
  size_t records_max = 20;
  size_t width = trade_width_now;
  /// Stop after this many records were sent; 0: never.
  uint64_t total = 0;
};

/// What is registered is traded, and goes on being traded after the client is
/// gone: who comes back finds the cumulative volume ahead of where he left.
/// The sequence of frames depends on the seed and on what was registered when,
/// not on the rate. Not thread-safe.
class feed {
public:
  /// Hands a frame to the sessions in the list; returns how many took it.
  using sink = std::function<size_t(const std::vector<session_number>&,
                                    const data_frame&)>;

  /// `issues` must outlive the feed.
  feed(market& issues, feed_config config);

  /// A registration came on. One without data here is remembered nowhere.
  void join(session_number session, const registration& subject);
  void leave(session_number session, const registration& subject);
  void leave(session_number session);

  bool is_live(const instrument& issue) const;

  /// How many records must be made for one to be sent: 1, or more when issues
  /// trade that nobody listens to any more.
  double overhead() const;

  /// Makes the next trades of one issue, and its quote, and hands them out.
  /// Returns the number of records made: 0 when nothing is registered or the
  /// total is reached.
  uint64_t step(const stamp& now, const sink& out);

  /// Records that at least one session took.
  uint64_t sent() const {
    return sent_;
  }
  bool finished() const {
    return config_.total != 0 && sent_ >= config_.total;
  }

  /// The drift fault.
  void widen();
  size_t width() const {
    return config_.width;
  }

private:
  struct line {
    instrument* issue;
    double weight;
    std::vector<session_number> trades, quotes;
  };
  const line* choose();
  size_t frame_size();
  void weigh();

  market& issues_;
  feed_config config_;
  dice dice_;
  std::map<const instrument*, size_t> line_of_;
  std::vector<line> lines_;
  /// Running sums of the weights of lines_.
  std::vector<double> sums_;
  double heard_weight_ = 0;
  uint64_t sent_ = 0;
  data_frame frame_;
};

} // namespace observer::simulate
