#include "actors/journal/storage_health.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace observer {

void storage_health::report(dataset d, cause why, std::string text) {
  std::lock_guard guard{mutex_};
  auto& e = entries_[static_cast<size_t>(d)];
  if (e.why.load(std::memory_order_relaxed) != why
      && changes_.size() < changes_max)
    changes_.push_back({d, {why, text}});
  e.text = std::move(text);
  e.why.store(why, std::memory_order_relaxed);
}

void storage_health::set_aside(dataset d, const std::string& file, cause why,
                               std::string text) {
  std::lock_guard guard{mutex_};
  auto& aside = entries_[static_cast<size_t>(d)].aside;
  if (aside.size() >= aside_max && !aside.contains(file))
    return;
  auto [at, fresh] = aside.insert_or_assign(file, text);
  if (fresh && changes_.size() < changes_max)
    changes_.push_back({d, {why == cause::none ? cause::io_error : why, text}});
}

void storage_health::remark(dataset d, cause why, std::string text) {
  std::lock_guard guard{mutex_};
  if (changes_.size() < changes_max)
    changes_.push_back({d, {why, std::move(text)}});
}

void storage_health::set_unsealed(dataset d, std::vector<std::string> files) {
  std::lock_guard guard{mutex_};
  entries_[static_cast<size_t>(d)].unsealed = std::move(files);
}

std::vector<std::string> storage_health::unsealed() const {
  std::lock_guard guard{mutex_};
  std::vector<std::string> out;
  for (auto& e : entries_)
    out.insert(out.end(), e.unsealed.begin(), e.unsealed.end());
  return out;
}

void storage_health::mended(dataset d, const std::string& file) {
  std::lock_guard guard{mutex_};
  entries_[static_cast<size_t>(d)].aside.erase(file);
}

std::string storage_health::describe_aside(dataset d) const {
  std::lock_guard guard{mutex_};
  auto& aside = at(d).aside;
  if (aside.empty())
    return {};
  auto text = aside.begin()->second;
  if (aside.size() > 1)
    text += fmt::format("; and {} more", aside.size() - 1);
  return text;
}

bool storage_health::refuses(dataset d) const {
  auto why = of(d);
  return why != cause::none && why != cause::writer_restarting
         && why != cause::file_taken;
}

void storage_health::report_loss(loss what) {
  std::lock_guard guard{mutex_};
  add(losses_, what);
  if (ending_)
    add(last_, what);
}

void storage_health::add(std::vector<loss>& to, const loss& what) {
  if (to.size() < losses_max) {
    to.push_back(what);
    return;
  }
  auto& last = to.back();
  last.records += what.records;
  last.from_us = std::min(last.from_us, what.from_us);
  last.to_us = std::max(last.to_us, what.to_us);
  last.session_id.clear();
  last.tr_id.clear();
  last.symbol.clear();
  last.detail = "records of further streams, of the same kind";
  if (last.told_in != what.told_in)
    last.told_in.clear();
}

void storage_health::begin_end() {
  std::lock_guard guard{mutex_};
  ending_ = true;
  last_ = losses_;
}

std::vector<storage_health::loss> storage_health::last_losses() const {
  std::lock_guard guard{mutex_};
  return last_;
}

std::vector<storage_health::loss> storage_health::take_losses() {
  std::lock_guard guard{mutex_};
  return std::exchange(losses_, {});
}

std::vector<storage_health::change> storage_health::take_changes() {
  std::lock_guard guard{mutex_};
  return std::exchange(changes_, {});
}

storage_health::loss loss_of(dataset d, const lost_records& lost) {
  return {d,
          lost.tr_id,
          lost.symbol,
          lost.text(),
          lost.session_id,
          lost.slot,
          lost.first_seq,
          lost.last_seq,
          lost.records,
          lost.from_us,
          lost.to_us,
          lost.why,
          lost.told_in};
}

storage_health::trouble storage_health::describe(dataset d) const {
  std::lock_guard guard{mutex_};
  auto& e = at(d);
  return {e.why.load(std::memory_order_relaxed), e.text};
}

} // namespace observer
