#include "runtime/audit/continuity.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "messages/numbers.hpp"

namespace observer::audit {

namespace {

using track_key = std::tuple<dataset, std::string_view, int64_t>;

/// Ranges of sequence numbers that are missing or doubled, in order.
using ranges = std::vector<std::pair<int64_t, int64_t>>;

/// True when a range lies in part within [from, to].
bool touches(const ranges& broken, int64_t from, int64_t to) {
  return std::any_of(broken.begin(), broken.end(), [&](auto& range) {
    return range.first <= to && range.second >= from;
  });
}

struct placed_sequence {
  const sequence_run* run;
  const journal_file* file;
  /// Its rank in the order of files and lines.
  size_t order;
};

std::string numbers(int64_t first, int64_t last) {
  return first == last ? fmt::format("seq {}", first)
                       : fmt::format("seq {} to {}", first, last);
}

/// A run that starts below the end of the run before it in the same file.
void judge_order(const std::vector<placed_sequence>& runs,
                 const std::string& who, finding_list& findings) {
  for (size_t i = 1; i < runs.size(); ++i) {
    auto& before = runs[i - 1];
    auto& here = runs[i];
    if (here.file == before.file && here.run->last < before.run->first)
      findings.add(finding_kind::sequence_order, here.file->shown,
                   here.run->first_line, "{}: seq {} stands after seq {}",
                   who, here.run->first, before.run->last);
  }
}

/// Ranges in order, those that touch as one.
ranges merged(ranges of) {
  std::sort(of.begin(), of.end());
  ranges out;
  for (auto& r : of)
    if (!out.empty() && r.first <= out.back().second + 1)
      out.back().second = std::max(out.back().second, r.second);
    else
      out.push_back(r);
  return out;
}

/// Is a hole, from end to end, within a loss that was told?
bool is_told(const ranges& told, int64_t first, int64_t last) {
  return std::any_of(told.begin(), told.end(), [&](auto& r) {
    return r.first <= first && r.second >= last;
  });
}

/// Holes and repeats of one slot; `runs` in the order of files and lines. What
/// was told as lost is a hole, and no finding.
ranges judge_track(std::vector<placed_sequence> runs, const ranges& told,
                   bool from_one, const std::string& who,
                   finding_list& findings) {
  ranges broken;
  judge_order(runs, who, findings);
  std::sort(runs.begin(), runs.end(), [](auto& a, auto& b) {
    return std::pair{a.run->first, a.order} < std::pair{b.run->first, b.order};
  });
  auto next = from_one ? 1 : runs.front().run->first;
  for (auto& [run, file, order] : runs) {
    if (run->first > next) {
      if (!is_told(told, next, run->first - 1))
        findings.add(finding_kind::sequence_hole, file->shown, run->first_line,
                     "{}: {} missing before seq {}", who,
                     numbers(next, run->first - 1), run->first);
      broken.emplace_back(next, run->first - 1);
    } else if (run->first < next) {
      auto last = std::min(run->last, next - 1);
      findings.add(finding_kind::sequence_repeat, file->shown,
                   run->first_line, "{}: {} written again", who,
                   numbers(run->first, last));
      broken.emplace_back(run->first, last);
    }
    next = std::max(next, run->last + 1);
  }
  // What was told as lost behind the last number that is there.
  for (auto& [first, last] : told)
    if (last >= next)
      broken.emplace_back(std::max(first, next), last);
  return broken;
}

/// `20260914T085959-…` says when a session began.
bool began_on(std::string_view session_id, std::string_view day) {
  return session_id.starts_with(day) && session_id.size() > day.size()
         && session_id[day.size()] == 'T';
}

std::map<track_key, ranges> judge_sequences(
  const std::vector<file_part>& parts, scope extent, const std::string& day,
  finding_list& findings) {
  std::map<track_key, std::vector<placed_sequence>> tracks;
  size_t order = 0;
  for (auto& part : parts)
    for (auto& track : part.sums->tracks)
      for (auto& run : track.runs)
        tracks[{part.file->which, track.session_id, track.slot}].push_back(
          {&run, part.file, order++});
  std::map<track_key, ranges> told;
  for (auto& part : parts)
    for (auto& l : part.sums->losses)
      for (auto which : {dataset::scalp, dataset::quarantine, dataset::system})
        if (track_key key{which, l.session_id, l.slot};
            to_string(which) == l.dataset && tracks.contains(key))
          told[key].emplace_back(l.first, l.last);
  std::map<track_key, ranges> broken;
  for (auto& [key, runs] : tracks) {
    auto& [which, session_id, slot] = key;
    auto from_one = extent == scope::everything
                    || (extent == scope::one_day && began_on(session_id, day));
    auto who = fmt::format("{} session {} slot {}", to_string(which),
                           session_id, slot);
    auto found = judge_track(std::move(runs), merged(told[key]), from_one, who,
                             findings);
    if (!found.empty())
      broken.emplace(key, std::move(found));
  }
  return broken;
}

struct placed_volume {
  const volume_run* run;
  const journal_file* file;
};

/// Puts a session's trades of one symbol and day in their order: that of the
/// numbers within a slot, which nothing can upset, and between slots, among which
/// a symbol may have moved, that of the volume. Hours alone would not do, nor
/// volumes: clocks are set, and an exchange may count anew.
std::vector<placed_volume> in_order(std::vector<placed_volume> runs) {
  std::sort(runs.begin(), runs.end(), [](auto& a, auto& b) {
    auto order = [](const volume_run& r) {
      return std::pair{r.slot, r.first_seq};
    };
    return order(*a.run) < order(*b.run);
  });
  struct slot_runs {
    size_t next, end;
  };
  std::vector<slot_runs> slots;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (i == 0 || runs[i].run->slot != runs[i - 1].run->slot)
      slots.push_back({i, i});
    slots.back().end = i + 1;
  }
  std::vector<placed_volume> out;
  while (out.size() < runs.size()) {
    const placed_volume* first = nullptr;
    slot_runs* of = nullptr;
    for (auto& s : slots) {
      if (s.next == s.end)
        continue;
      auto& run = *runs[s.next].run;
      if (!first || run.accumulated < first->run->accumulated) {
        first = &runs[s.next];
        of = &s;
      }
    }
    out.push_back(*first);
    ++of->next;
  }
  return out;
}

/// Of one run, whose sessions are numbered: which came first? Nothing if they
/// are not of one run.
std::optional<bool> comes_before(std::string_view a, std::string_view b) {
  using place = std::pair<std::string_view, uint64_t>;
  auto numbered = [](std::string_view id) -> std::optional<place> {
    auto at = id.rfind("-s");
    if (at == id.npos)
      return std::nullopt;
    auto n = parse_number<uint64_t>(id.substr(at + 2));
    if (!n)
      return std::nullopt;
    return place{id.substr(0, at), *n};
  };
  auto left = numbered(a), right = numbered(b);
  if (!left || !right || left->first != right->first)
    return std::nullopt;
  return left->second < right->second;
}

/// One session's trades of one symbol and one day of the exchange's, in their
/// order.
struct session_volume {
  std::string_view session_id;
  std::vector<placed_volume> runs;

  int64_t first() const {
    return runs.front().run->accumulated;
  }
  int64_t last() const {
    return runs.back().run->last_accumulated;
  }

  /// Whether its clock says that it was recording at that moment.
  bool was_recording_at(const stamp& moment) const {
    auto began = std::any_of(runs.begin(), runs.end(), [&](auto& placed) {
      return placed.run->first_received <= moment;
    });
    auto lasted = std::any_of(runs.begin(), runs.end(), [&](auto& placed) {
      return placed.run->last_received >= moment;
    });
    return began && lasted;
  }
};

class volume_judge {
public:
  volume_judge(std::string_view tr_id, std::string_view symbol,
               const std::map<track_key, ranges>& broken,
               finding_list& findings)
    : tr_id_(tr_id), symbol_(symbol), broken_(broken), findings_(findings) {
  }

  void judge_session(const session_volume& session) {
    for (size_t i = 1; i < session.runs.size(); ++i) {
      auto& before = *session.runs[i - 1].run;
      auto& here = *session.runs[i].run;
      if (!can_be_judged(before, here))
        continue;
      auto explained
        = before.slot == here.slot
            ? is_broken(session.session_id, here.slot, before.last_seq + 1,
                        here.first_seq - 1)
                || here.first_seq <= before.last_seq
            : is_broken(session.session_id, here.slot, here.first_seq - 1,
                        here.first_seq - 1);
      if (!explained)
        judge(before, session.runs[i], session.session_id, "");
    }
  }

  /// The first tick of a session after the last tick of the session before.
  void judge_sessions(const session_volume& before,
                      const session_volume& here) {
    auto& last = *before.runs.back().run;
    auto& first = *here.runs.front().run;
    if (!can_be_judged(last, first)
        || is_broken(before.session_id, last.slot, last.last_seq + 1,
                     last.last_seq + 1)
        || is_broken(here.session_id, first.slot, first.first_seq - 1,
                     first.first_seq - 1))
      return;
    judge(last, here.runs.front(), here.session_id,
          fmt::format(", the first after session {}", before.session_id));
  }

private:
  /// A run in which every volume is in doubt says nothing, and neither does the
  /// step after it.
  static bool can_be_judged(const volume_run& before, const volume_run& here) {
    return before.counts && here.counts && here.step_counts;
  }

  bool is_broken(std::string_view session_id, int64_t slot, int64_t from,
                 int64_t to) const {
    auto found = broken_.find({dataset::scalp, session_id, slot});
    return found != broken_.end() && touches(found->second, from, to);
  }

  void judge(const volume_run& before, const placed_volume& here,
             std::string_view session_id, const std::string& remark) {
    auto& run = *here.run;
    if (run.begin_unknown)
      return;
    judge_step({before.last_accumulated + run.lead, run.tick, run.accumulated,
                run.has_gap, run.missing_shares},
               here.file->shown, run.first_line,
               fmt::format("{} {} seq {} of slot {}, session {}{}", tr_id_,
                           symbol_, run.first_seq, run.slot, session_id,
                           remark),
               findings_);
  }

  std::string_view tr_id_;
  std::string_view symbol_;
  const std::map<track_key, ranges>& broken_;
  finding_list& findings_;
};

/// The session that ended last before `here` began; none when another session
/// was recording the symbol at that moment, which leaves nothing to compare.
const session_volume* session_before(
  const std::vector<session_volume>& sessions, const session_volume& here) {
  const session_volume* found = nullptr;
  // Sessions of one run follow each other, whatever clock and volume say.
  for (auto& other : sessions)
    if (comes_before(other.session_id, here.session_id).value_or(false)
        && (!found
            || comes_before(found->session_id, other.session_id)
                 .value_or(false)))
      found = &other;
  if (found)
    return found;
  for (auto& other : sessions) {
    if (&other == &here || comes_before(other.session_id, here.session_id)
        || other.first() >= here.first())
      continue;
    if (other.last() > here.first()
        || other.was_recording_at(here.runs.front().run->first_received))
      return nullptr;
    if (!found || found->last() < other.last())
      found = &other;
  }
  return found;
}

void judge_volumes(const std::vector<file_part>& parts,
                   const std::map<track_key, ranges>& broken,
                   finding_list& findings) {
  // A day's volume starts at nothing: days have nothing to do with each other.
  using symbol_key = std::tuple<std::string_view, std::string_view,
                                std::array<char, 8>>;
  std::map<symbol_key, std::map<std::string_view, session_volume>> symbols;
  for (auto& part : parts) {
    for (auto& chain : part.sums->chains) {
      if (chain.runs.empty())
        continue;
      for (auto& run : chain.runs) {
        auto& session = symbols[{chain.tr_id, chain.symbol,
                                 run.day}][chain.session_id];
        session.session_id = chain.session_id;
        session.runs.push_back({&run, part.file});
      }
    }
  }
  for (auto& [key, by_session] : symbols) {
    auto& [tr_id, symbol, day] = key;
    volume_judge judge{tr_id, symbol, broken, findings};
    std::vector<session_volume> sessions;
    for (auto& [id, session] : by_session) {
      session.runs = in_order(std::move(session.runs));
      judge.judge_session(session);
      sessions.push_back(std::move(session));
    }
    for (auto& session : sessions)
      if (auto before = session_before(sessions, session))
        judge.judge_sessions(*before, session);
  }
}

} // namespace

void judge_continuity(const std::vector<file_part>& parts, scope extent,
                      const std::string& day, finding_list& findings) {
  auto broken = judge_sequences(parts, extent, day, findings);
  judge_volumes(parts, broken, findings);
}

} // namespace observer::audit
