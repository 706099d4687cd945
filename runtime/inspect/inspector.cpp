#include "runtime/inspect/inspector.hpp"

#include <algorithm>
#include <array>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "messages/exceptions.hpp"
#include "messages/korean_time.hpp"
#include "runtime/inspect/market_times.hpp"
#include "runtime/process/output_queue.hpp"

namespace observer {

namespace {

/// Times of actors are taken for so long after a look.
constexpr int64_t watch_for_us = 5 * us_per_second;
constexpr size_t events_max = 50, restarts_max = 100;

/// Nothing if nothing was measured.
std::optional<int64_t> quantile(const latency_histogram& of, double q) {
  return of.count() == 0 ? std::nullopt : std::optional{of.quantile_us(q)};
}

/// The words that the setting log.level and an order take.
std::string_view level_word(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::warn:
      return "warning";
    case spdlog::level::err:
      return "error";
    default: {
      auto word = spdlog::level::to_string_view(level);
      return {word.data(), word.size()};
    }
  }
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

} // namespace

inspector::inspector(inspected what, pace seconds)
  : what_(std::move(what)), started_us_(what_.clock->steady_us()),
    host_(host_name()),
    disk_(what_.files, what_.clock, what_.memory->board, what_.data_dir,
          seconds == pace::own_thread) {
  if (seconds == pace::own_thread)
    thread_ = std::thread{[this] { run(); }};
}

inspector::~inspector() {
  {
    std::lock_guard guard{mutex_};
    ended_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void inspector::run() {
  std::unique_lock lock{mutex_};
  auto next = std::chrono::steady_clock::now();
  while (!ended_) {
    lock.unlock();
    try {
      take_second();
    } catch (...) {
      // Whatever it is, it must not keep the recorder from recording.
      auto thrown = std::current_exception();
      tries([&] {
        spdlog::error("[inspector] {}", words_of_exception(thrown));
      });
    }
    lock.lock();
    next += std::chrono::seconds{1};
    wake_.wait_until(lock, next, [&] { return ended_; });
  }
}

void inspector::take_second() {
  auto& counters = *what_.memory->counters;
  auto wall_us = what_.clock->now_us();
  auto so_far = counts_of(counters, what_.memory->board->events.losses());
  history_.add(wall_us, sum(counters), so_far.gaps, so_far.disconnects);
  auto now = what_.clock->steady_us();
  auto looked = looked_us_.load();
  auto watching = looked != 0 && now - looked < watch_for_us;
  disk_.want_files(watching);
  tell_hanging_disk();
  std::lock_guard guard{mutex_};
  day_.look(wall_us, so_far);
  auto& received = slot_received_[taken_++ % slot_received_.size()];
  for (size_t i = 0; i < counters.slots.size(); ++i)
    received[i] = counters.slots[i].received.value();
  second_ = now / us_per_second;
  for (size_t i = 0; i < counters.slots.size(); ++i)
    slot_outcomes_[i].add(second_, outcomes_of(counters.slots[i]));
  outcomes_.add(second_, counters);
  look_at_times(now);
  if (watching != watching_) {
    watching_ = watching;
    what_.actors->watch(watching);
    marks_.clear();
    marked_us_ = 0;
  }
  if (watching) {
    auto elapsed = static_cast<double>(now - marked_us_) / us_per_second;
    take_actor_rates(marked_us_ == 0 ? 0.0 : elapsed);
    marked_us_ = now;
  }
}

double inspector::slot_rate(size_t slot) const {
  auto known = std::min(taken_, slot_received_.size());
  if (known < 2)
    return 0;
  auto& newest = slot_received_[(taken_ - 1) % slot_received_.size()];
  auto& oldest = slot_received_[(taken_ - known) % slot_received_.size()];
  return static_cast<double>(newest[slot] - oldest[slot])
         / static_cast<double>(known - 1);
}

void inspector::look_at_times(int64_t steady_us) {
  auto& board = *what_.memory->board;
  connected_.look(board.connection.view().since_us, steady_us);
  for (size_t i = 0; i < slot_times_.size(); ++i) {
    auto view = board.slots[i].view();
    slot_times_[i].last_tick.look(view.last_tick_us, steady_us);
    slot_times_[i].oldest_unacked.look(view.oldest_unacked_us, steady_us);
  }
}

void inspector::tell_hanging_disk() {
  constexpr int64_t patience_us = 5 * us_per_second;
  auto age_us = disk_.disk().age_us;
  auto hangs = age_us > patience_us;
  if (hangs == std::exchange(disk_hangs_, hangs))
    return;
  if (hangs)
    spdlog::error("[inspector] a look at the file system of {} has not returned "
                  "for {} s: its disk hangs",
                  what_.data_dir, age_us / us_per_second);
  else
    spdlog::warn("[inspector] the file system of {} answers again",
                 what_.data_dir);
}

void inspector::take_actor_rates(double elapsed_s) {
  for (auto& view : what_.actors->actors()) {
    auto [at, fresh] = marks_.try_emplace(view.name);
    auto& m = at->second;
    if (!fresh && elapsed_s > 0) {
      auto timed = view.timed - m.timed;
      auto busy = static_cast<double>(view.busy_ns - m.busy_ns);
      m.per_s = static_cast<double>(view.handled - m.handled) / elapsed_s;
      m.busy_ratio = busy / (elapsed_s * 1e9);
      m.mean_us = timed == 0 ? std::nullopt
                             : std::optional{busy / 1e3
                                             / static_cast<double>(timed)};
    }
    m.handled = view.handled;
    m.busy_ns = view.busy_ns;
    m.timed = view.timed;
  }
}

observation inspector::look() {
  looked_us_ = what_.clock->steady_us();
  disk_.want_files(true);
  return observe();
}

observation inspector::observe() const {
  observation o;
  o.now_us = what_.clock->now_us();
  o.started_us = o.now_us - (what_.clock->steady_us() - started_us_);
  o.stopping = stopping_;
  o.recovering = recovering_;
  o.version = OBSERVER_VERSION;
  o.run_id = what_.memory->run_id;
  o.host = host_;
  o.data_dir = what_.data_dir;
  o.pid = ::getpid();
  o.log_level = level_word(spdlog::get_level());
  add_ledger(o);
  add_market(o);
  add_session(o);
  add_actors(o);
  add_storage(o);
  o.events = events(events_max);
  return o;
}

void inspector::add_ledger(observation& o) const {
  auto& memory = *what_.memory;
  auto& c = *memory.counters;
  o.totals = sum(c);
  o.frames = c.messages.value();
  o.quarantine_shed = c.quarantine_shed.value();
  o.log_lines_dropped = standard_error().lines_dropped();
  for (size_t i = 1; i < reject_reason_count; ++i) {
    auto n = c.other.rejected[i].value();
    for (auto& s : c.slots)
      n += s.rejected[i].value();
    if (n > 0)
      o.rejected_by_reason.emplace_back(
        to_string(static_cast<reject_reason>(i)), n);
  }
  for (size_t i = 1; i < cause_count; ++i) {
    auto why = static_cast<cause>(i);
    o.gaps_by_cause.emplace_back(why, c.gaps_by_cause[i].value());
    o.shed_by_cause.emplace_back(why, c.shed_by_cause[i].value());
    o.gaps += c.gaps_by_cause[i].value();
  }
  for (size_t i = 0; i < kis::doubt_count; ++i)
    o.doubts.emplace_back(to_string(static_cast<kis::doubt>(i)),
                          c.doubts[i].value());
  for (auto& s : c.slots) {
    o.missing_shares += s.missing_shares.value();
    o.doubted += s.doubted.value();
  }
  o.losses = memory.board->events.losses();
  o.unacked_bytes = memory.budget->used();
  auto recent = history_.over(rate_seconds);
  if (recent.over_s > 0) {
    auto over = static_cast<double>(recent.over_s);
    o.received_per_s = static_cast<double>(recent.received) / over;
    o.persisted_per_s = static_cast<double>(recent.persisted) / over;
    o.claimed_per_s
      = static_cast<double>(recent.received
                            - std::min(recent.received, recent.unclaimed))
        / over;
  }
  o.rate_s = static_cast<int>(rate_seconds);
  auto minute = history_.over(60);
  o.received_in_minute = minute.received;
  o.persisted_in_minute = minute.persisted;
  o.ack_p50_us = quantile(c.ack_latency, 0.5);
  o.ack_p99_us = quantile(c.ack_latency, 0.99);
  if (what_.syncs) {
    o.fsync_p50_us = quantile(*what_.syncs, 0.5);
    o.fsync_p99_us = quantile(*what_.syncs, 0.99);
  }
  for (auto data : all_datasets) {
    o.journal_bytes.emplace_back(
      data, memory.board->writers[static_cast<size_t>(data)].bytes.value());
    o.journal_lost.emplace_back(data,
                                c.lost[static_cast<size_t>(data)].value());
  }
}

void inspector::add_market(observation& o) const {
  auto& hours = what_.hours;
  o.market_open = hours.open_at(o.now_us);
  o.opens_us = next_opening_us(hours, o.now_us);
  o.closes_us = next_closing_us(hours, o.now_us);
  o.closed_because = why_closed(hours, o.now_us);
  // Minutes are enough: hours open on one.
  constexpr int64_t minute = 60 * us_per_second;
  o.market_since_us = o.now_us - us_per_hour;
  for (int64_t i = 0; i < 60; ++i)
    if (hours.open_at(o.now_us - i * minute) != o.market_open) {
      o.market_since_us = (o.now_us - (i - 1) * minute) / minute * minute;
      break;
    }
}

void inspector::add_session(observation& o) const {
  auto& memory = *what_.memory;
  auto& c = *memory.counters;
  session_observation session;
  session.name = "session 1";
  session.connection = memory.board->connection.view();
  session.connects = c.connects.value();
  session.disconnects = c.disconnects.value();
  auto steady_us = what_.clock->steady_us();
  if (auto& silence = session.connection.silence)
    session.silent_for_us = std::max<int64_t>(steady_us - silence->since_us, 0);
  std::lock_guard guard{mutex_};
  o.day = day_.of(counts_of(c, o.losses));
  o.day_since_us = day_.since_us(o.now_us, o.started_us);
  auto& since_us = session.connection.since_us;
  since_us = *connected_.now(since_us, o.now_us, steady_us);
  o.recent = outcomes_.recent();
  o.lately = outcomes_.lately();
  o.rejected_most = outcomes_.rejected_most();
  o.unclaimed = outcomes_.unclaimed();
  std::optional<int64_t> oldest;
  uint64_t late = 0;
  for (size_t i = 0; i < c.slots.size(); ++i) {
    auto& n = c.slots[i];
    slot_observation s;
    s.view = memory.board->slots[i].view();
    auto& times = slot_times_[i];
    s.view.last_tick_us
      = times.last_tick.now(s.view.last_tick_us, o.now_us, steady_us);
    s.view.oldest_unacked_us
      = times.oldest_unacked.now(s.view.oldest_unacked_us, o.now_us, steady_us);
    s.received = n.received.value();
    s.persisted = n.persisted.value();
    s.rejected = n.rejected_total();
    s.shed = n.shed.value();
    s.unacked = n.unacked.value();
    s.gaps = n.gaps.value();
    s.missing_shares = n.missing_shares.value();
    s.doubted = n.doubted.value();
    s.ticks_per_s = slot_rate(i);
    s.recent = slot_outcomes_[i].recent(second_);
    s.lately = slot_outcomes_[i].lately(second_);
    // A slot that stands still does not show in the sum of those that run.
    late += s.recent.late;
    auto since = s.view.oldest_unacked_us;
    if (since && (!oldest || *since < *oldest))
      oldest = since;
    auto last = s.view.last_tick_us;
    if (last && (!o.last_record_us || *last > *o.last_record_us))
      o.last_record_us = last;
    session.slots.push_back(std::move(s));
  }
  if (late > o.recent.late) {
    o.recent.came += late - o.recent.late;
    o.recent.late = late;
    o.lately.came += late - o.lately.late;
    o.lately.late = late;
  }
  o.lost_why = cause_of(o.recent.came > 0 ? o.recent : o.lately, outcomes_);
  if (oldest)
    o.unacked_age_ms = std::max<int64_t>(0, (o.now_us - *oldest) / 1'000);
  o.sessions.push_back(std::move(session));
  auto today = korean_date(o.now_us);
  for (auto& f : disk_.files())
    if (!f.sealed || f.file.find("/" + today) != f.file.npos)
      o.files.push_back(f);
}

void inspector::add_actors(observation& o) const {
  auto actors = what_.actors->actors();
  std::lock_guard guard{mutex_};
  for (auto& view : actors) {
    actor_observation a;
    auto at = marks_.find(view.name);
    if (at != marks_.end()) {
      a.handled_per_s = at->second.per_s;
      a.busy_ratio = at->second.busy_ratio;
      a.mean_us = at->second.mean_us;
    }
    a.view = std::move(view);
    o.actors.push_back(std::move(a));
  }
  o.restarts = what_.actors->restarts();
  std::reverse(o.restarts.begin(), o.restarts.end());
  if (o.restarts.size() > restarts_max)
    o.restarts.resize(restarts_max);
}

void inspector::add_storage(observation& o) const {
  for (auto data : all_datasets) {
    auto trouble = what_.memory->storage->describe(data);
    o.storage.push_back({data, trouble.why, trouble.text,
                         what_.memory->storage->describe_aside(data)});
  }
  o.disk = disk_.disk();
  if (what_.archive)
    o.archive = what_.archive->view();
}

std::vector<tick_view> inspector::ticks_of(slot_index slot) const {
  return what_.memory->board->slots[slot].ticks();
}

std::vector<event_view> inspector::events(size_t count) const {
  return what_.memory->board->events.newest(count);
}

std::vector<reject_view> inspector::rejects(size_t count) const {
  return what_.memory->board->rejects.newest(count);
}

} // namespace observer
