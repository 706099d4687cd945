#include "actors/journal/journal_past.hpp"

#include <utility>

#include <fmt/format.h>

#include "actors/journal/disk_errors.hpp"
#include "actors/journal/storage_health.hpp"

namespace observer {

namespace {

/// Read and hashed in some tenths of a second.
constexpr uint64_t past_step_bytes = 16 << 20;

} // namespace

past_news past_work::step(int64_t now_us) {
  try {
    return go_on(now_us);
  } catch (...) {
    // Nobody knows where it broke off: lines that were read and not taken would
    // be a torn tail. The file is begun anew.
    if (sealer_)
      open_.back().lost_told = sealer_->what().lost_told;
    sealer_.reset();
    throw;
  }
}

past_news past_work::go_on(int64_t now_us) {
  past_news out;
  out.said = remove_remains(*files_, data_dir_, data_,
                            std::exchange(remains_, {}));
  if (!sealer_ && !open_.empty())
    sealer_ = std::make_unique<file_sealer>(*files_, data_dir_, data_,
                                            open_.back());
  if (sealer_ && sealer_->step(past_step_bytes, now_us)) {
    out.said.insert(out.said.end(), sealer_->said().begin(),
                    sealer_->said().end());
    out.lost = sealer_->lost();
    out.remarks = sealer_->remarks();
    if (auto& bad = sealer_->problem()) {
      out.set_aside.push_back(
        {sealer_->shown(), cause_of_errno(bad->code),
         fmt::format("{} was left open by an earlier run and cannot be sealed: "
                     "{}; it is set aside and tried again",
                     sealer_->shown(), bad->text())});
      failed_.push_back(sealer_->what());
    } else if (sealer_->left_alone()) {
      out.set_aside.push_back({sealer_->shown(), cause::none,
                               std::move(out.said.back())});
      out.said.pop_back();
    } else {
      out.mended.push_back(sealer_->shown());
    }
    sealer_.reset();
    open_.pop_back();
  }
  out.more = sealer_ || !open_.empty();
  return out;
}

bool past_work::again() {
  for (auto& f : std::exchange(failed_, {}))
    open_.push_back(std::move(f));
  return !open_.empty();
}

} // namespace observer
