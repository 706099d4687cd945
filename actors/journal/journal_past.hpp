#pragma once

// The files that earlier lives left open, sealed one after another and piece
// by piece: each step takes a fraction of a second, so that whoever does it
// can do other things between, and stop. Blocking; one caller at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/journal/journal_recovery.hpp"
#include "messages/cause.hpp"

namespace observer {

/// A file that could not be sealed.
struct past_trouble {
  /// Relative to the data directory.
  std::string file;
  cause why = cause::none;
  std::string text;
};

struct past_news {
  /// What was done, a line each.
  std::vector<std::string> said;
  std::vector<past_trouble> set_aside;
  /// A step ended by an exception, and there may be no words for it: what it was
  /// at is tried again.
  bool broke_off = false;
  /// What the system journal should say besides.
  std::vector<past_remark> remarks;
  /// Told in the system journal, to be counted.
  std::vector<lost_records> lost;
  /// Files that were sealed, or that somebody else has sealed.
  std::vector<std::string> mended;
  /// There is more to do now.
  bool more = false;
};

class past_work {
 public:
  past_work(std::shared_ptr<file_system> files, std::string data_dir,
            dataset data, std::vector<open_past> open,
            std::vector<std::string> remains)
    : files_(std::move(files)),
      data_dir_(std::move(data_dir)),
      data_(data),
      open_(std::move(open)),
      remains_(std::move(remains)) {}

  /// May throw what its words or a file's streams have no memory for: what it
  /// was at is begun anew by the next step.
  past_news step(int64_t now_us);

  /// Tries those again that failed. False if there are none.
  bool again();

 private:
  past_news go_on(int64_t now_us);

  std::shared_ptr<file_system> files_;
  std::string data_dir_;
  dataset data_;
  /// The next one last.
  std::vector<open_past> open_, failed_;
  std::vector<std::string> remains_;
  std::unique_ptr<file_sealer> sealer_;
};

} // namespace observer
