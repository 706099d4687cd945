#pragma once

// The truth file: what the simulated exchange really sent, to hold a
// recorder's files against. One JSON object a line, of three kinds.
//
// A record that was handed to a socket:
//   {"n":1,"session":1,"tr_id":"H0STCNT0","symbol":"005930","k":0,"frame":1,
//    "acml_vol":14871538,"record":"005930^150746^…"}
// `n` counts records over all sessions (a record sent to two sessions has two
// lines); a number that is missing was made and then never handed over,
// because its session ended first. `frame` counts the data frames of the
// session from 1, bad ones too; `k` is the place in the frame, from 0.
//
// A frame that was bad on purpose:
//   {"bad":true,"session":1,"frame":2,"fault":"garbage","raw":"0|H0…"}
//
// Frames above whose bytes the client's machine had not acknowledged when the
// session ended: taken back, as well as can be known.
//   {"undelivered":true,"session":1,"frame_first":7,"frame_last":9,
//    "records":31,"why":"drop"}

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/simulate/exchange.hpp"
#include "runtime/simulate/feed.hpp"

namespace observer::simulate {

/// Append one kind of line each. `n` is the number of the frame's first record.
void append_sent(std::string& out, uint64_t n, session_number session,
                 uint64_t frame_number, const data_frame& frame);
void append_bad(std::string& out, session_number session, uint64_t frame_number,
                std::string_view fault, std::string_view raw);
void append_undelivered(std::string& out, session_number session,
                        uint64_t frame_first, uint64_t frame_last,
                        uint64_t records, std::string_view why);

/// Buffered; not thread-safe. A file that cannot be written to says so once
/// through `problem()`, and the exchange goes on without it.
class truth_file {
public:
  /// Truncates `path`. False: see problem().
  bool open(const std::string& path);
  bool on() const {
    return on_;
  }
  void append(std::string_view lines);
  void flush();
  const std::string& problem() const {
    return problem_;
  }

private:
  void fail(const char* what);

  std::string path_, problem_;
  std::vector<char> buffer_;
  std::ofstream out_;
  bool on_ = false;
};

} // namespace observer::simulate
