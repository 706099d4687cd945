#include "runtime/audit/tally.hpp"

#include <algorithm>

namespace observer::audit {

namespace {

constexpr size_t nowhere = static_cast<size_t>(-1);

/// One key out of parts; no part can hold the separator, a raw control
/// character, because the line was strict JSON.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string key;
  for (auto part : parts) {
    key += part;
    key += '\x1f';
  }
  return key;
}

} // namespace

void judge_step(const volume_step& step, const std::string& file,
                uint64_t line, const std::string& who,
                finding_list& findings) {
  auto missing = missing_before(step.before, step.tick, step.accumulated);
  auto sum = fmt::format("accumulated {} - tick {} - accumulated before {} = "
                         "{} shares",
                         step.accumulated, step.tick, step.before, missing);
  if (!step.has_gap) {
    if (missing != 0)
      findings.add(finding_kind::undeclared_gap, file, line,
                   "{}: {}, and no gap is declared", who, sum);
  } else if (!step.missing_shares) {
    findings.add(finding_kind::wrong_gap, file, line,
                 "{}: {}, but the gap does not say how many", who, sum);
  } else if (*step.missing_shares != missing) {
    findings.add(finding_kind::wrong_gap, file, line,
                 "{}: {}, but the gap declares {}", who, sum,
                 *step.missing_shares);
  }
}

file_tally::file_tally(std::string shown, dataset which,
                       finding_list& findings)
  : shown_(std::move(shown)), dataset_(which), findings_(findings) {
  recent_.fill(nowhere);
}

bool file_tally::room(size_t used, size_t max, const char* what,
                      uint64_t line) {
  if (used < max)
    return true;
  if (!limit_told_)
    findings_.add(finding_kind::beyond_limit, shown_, line,
                  "more than {} {}: what follows is not fully judged",
                  max, what);
  limit_told_ = true;
  return false;
}

size_t file_tally::stream_of(const line_record& record, uint64_t line) {
  auto cached = record.slot >= 0
                && record.slot < static_cast<int64_t>(recent_.size());
  auto cache_at = cached ? static_cast<size_t>(record.slot) : 0;
  if (cached && recent_[cache_at] != nowhere) {
    auto& stream = sums.streams[recent_[cache_at]];
    if (stream.symbol == record.symbol && stream.tr_id == record.tr_id
        && stream.session_id == record.session_id)
      return recent_[cache_at];
  }
  auto slot = std::to_string(record.slot);
  auto key = joined({record.session_id, slot, record.tr_id, record.symbol});
  auto found = stream_index_.find(key);
  if (found == stream_index_.end()) {
    if (!room(sums.streams.size(), streams_max, "streams", line))
      return nowhere;
    found = stream_index_.emplace(std::move(key), sums.streams.size()).first;
    stream_sum stream;
    stream.session_id = record.session_id;
    stream.slot = record.slot;
    stream.tr_id = record.tr_id;
    stream.symbol = record.symbol;
    stream.first_seq = stream.last_seq = record.seq;
    stream.first_received = record.received;
    stream.counts_volume = record.is_trade;
    sums.streams.push_back(std::move(stream));
    auto track = track_index_.try_emplace(joined({record.session_id, slot}),
                                          sums.tracks.size());
    if (track.second)
      sums.tracks.push_back({std::string{record.session_id}, record.slot, {}});
    auto chain = chain_index_.try_emplace(
      joined({record.session_id, record.tr_id, record.symbol}),
      sums.chains.size());
    if (chain.second)
      sums.chains.push_back({std::string{record.session_id},
                        std::string{record.tr_id},
                        std::string{record.symbol},
                        {}});
    places_.push_back({track.first->second, chain.first->second});
  }
  if (cached)
    recent_[cache_at] = found->second;
  return found->second;
}

void file_tally::note_gap(const line_record& record, size_t stream,
                          uint64_t line) {
  auto& gap = *record.gap;
  sums.streams[stream].gaps.add(gap);
  if (room(sums.gaps.size(), gaps_max, "gaps", line)) {
    std::string cause{gap.cause};
    auto& sum = sums.by_cause[{cause, std::string{record.tr_id},
                               std::string{record.symbol}}];
    sum.gaps.add(gap);
    sum.time.add(parse_stamp(gap.after), record.received);
    sums.gaps.push_back({stream, record.seq, line, std::move(cause),
                         gap.missing_shares});
  }
}

void file_tally::note_shortage(const line_record& record, uint64_t line) {
  auto& told = *record.shortage;
  shortage_key key{std::string{told.cause}, std::string{told.tr_id},
                std::string{told.symbol}};
  if (!sums.by_cause.contains(key)
      && !room(sums.by_cause.size(), causes_max, "causes and symbols", line))
    return;
  auto& sum = sums.by_cause[key];
  auto event = record.event ? *record.event : told_event{};
  auto from = parse_stamp(event.from), to = parse_stamp(event.to);
  // Records without a number, of a registration that has no volume of ours.
  auto unknown = told.records == 0 && event.event == "gap";
  if (from || to)
    sum.time.add(from, to);
  else
    sum.time.touch(record.received);
  if (unknown)
    ++sum.unknown_losses;
  if (told.records == 0) {
    ++sum.events;
    return;
  }
  auto& records = dataset_ == dataset::quarantine ? sum.rejected_records
                                                  : sum.unmarked_records;
  records += static_cast<uint64_t>(told.records);
}

void file_tally::note_event(const line_record& record, uint64_t line) {
  auto& told = *record.event;
  constexpr std::array<std::pair<std::string_view, noted_event::what_type>, 7>
    kinds{{{"connected", noted_event::connected},
           {"disconnected", noted_event::disconnected},
           {"closed", noted_event::disconnected},
           {"subscribed", noted_event::subscribed},
           {"released", noted_event::released},
           {"refused", noted_event::refused},
           {"silent", noted_event::silent}}};
  auto kind = std::find_if(kinds.begin(), kinds.end(), [&](auto& k) {
    return k.first == told.event;
  });
  auto what = kind == kinds.end() ? noted_event::other : kind->second;
  if (what == noted_event::other && !sums.events.empty()
      && sums.events.back().what == what
      && sums.events.back().session_id == record.session_id) {
    auto& at = sums.events.back().at;
    at = std::max(at, record.received);
    return;
  }
  if (!room(sums.events.size(), events_max, "events", line))
    return;
  sums.events.push_back({what, record.received,
                         std::string{record.session_id}, record.slot,
                         std::string{told.cause}, std::string{told.tr_id},
                         std::string{told.symbol}});
}

void file_tally::add_volume(const line_record& record, volume_chain& chain,
                            uint64_t line) {
  auto accumulated = record.accumulated.value_or(0);
  auto missing = record.gap ? record.gap->missing_shares : std::nullopt;
  auto in_doubt = record.doubts.has(kis::doubt::volume);
  auto own = record.doubts.has(kis::doubt::tick) ? 0 : record.tick;
  auto begin = [&](volume_run& run) {
    run.counts = true;
    run.step_counts = record.step_counts();
    run.first_line = line;
    run.tick = record.tick;
    run.accumulated = run.last_accumulated = accumulated;
    run.has_gap = record.gap.has_value();
    run.missing_shares = missing;
  };
  if (!chain.runs.empty() && chain.runs.back().slot == record.slot
      && chain.runs.back().day == record.day
      && chain.runs.back().last_seq + 1 == record.seq) {
    auto& run = chain.runs.back();
    run.last_seq = record.seq;
    run.last_received = record.received;
    if (in_doubt) {
      auto& moved = run.counts ? run.last_accumulated : run.lead;
      moved = add_bounded(moved, own);
      return;
    }
    if (!run.counts) {
      begin(run);
      return;
    }
    auto follows = missing_before(run.last_accumulated, record.tick,
                                  accumulated)
                   == 0;
    if (record.step_counts() && (!follows || record.gap))
      judge_step({run.last_accumulated, record.tick, accumulated,
                  record.gap.has_value(), missing},
                 shown_, line,
                 fmt::format("{} {} seq {} of slot {}, session {}",
                             record.tr_id, record.symbol, record.seq,
                             record.slot, record.session_id),
                 findings_);
    run.last_accumulated = accumulated;
    return;
  }
  if (!room(runs_, runs_max, "breaks of order", line))
    return;
  ++runs_;
  volume_run run;
  run.slot = record.slot;
  run.day = record.day;
  run.first_seq = run.last_seq = record.seq;
  run.first_line = line;
  run.first_received = run.last_received = record.received;
  if (in_doubt)
    run.lead = own;
  else
    begin(run);
  chain.runs.push_back(run);
}

void file_tally::add(const line_record& record, uint64_t line) {
  if (!sums.first_line_at)
    sums.first_line_at = sums.earliest = sums.latest = record.received;
  sums.last_line_at = record.received;
  sums.earliest = std::min(*sums.earliest, record.received);
  sums.latest = std::max(*sums.latest, record.received);
  auto index = stream_of(record, line);
  if (index == nowhere)
    return;
  auto& stream = sums.streams[index];
  ++stream.records;
  stream.first_seq = std::min(stream.first_seq, record.seq);
  stream.last_seq = std::max(stream.last_seq, record.seq);
  if (record.accumulated && record.doubts.has(kis::doubt::volume)) {
    stream.volume_doubted = true;
    if (stream.last_accumulated && !record.doubts.has(kis::doubt::tick))
      stream.last_accumulated
        = add_bounded(*stream.last_accumulated, record.tick);
  } else if (record.accumulated) {
    stream.last_accumulated = record.accumulated;
  }
  auto& track = sums.tracks[places_[index].track];
  if (!track.runs.empty() && track.runs.back().last + 1 == record.seq) {
    track.runs.back().last = record.seq;
  } else if (room(runs_, runs_max, "breaks of order", line)) {
    ++runs_;
    track.runs.push_back({record.seq, record.seq, line});
  }
  if (record.gap)
    note_gap(record, index, line);
  if (record.shortage)
    note_shortage(record, line);
  if (record.event)
    note_event(record, line);
  if (auto& l = record.loss; l && room(sums.losses.size(), gaps_max, "losses",
                                       line))
    sums.losses.push_back({std::string{l->dataset},
                           std::string{l->session_id}, l->slot, l->first_seq,
                           l->last_seq});
  if (record.is_trade)
    add_volume(record, sums.chains[places_[index].chain], line);
}

} // namespace observer::audit
