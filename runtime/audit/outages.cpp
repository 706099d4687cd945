#include "runtime/audit/outages.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace observer::audit {

namespace {

/// TR id and symbol; none of both: the whole feed.
using registration_key = std::pair<std::string_view, std::string_view>;

struct outage {
  std::string_view cause;
  std::string_view session_id;
  stamp from{};
  /// It tells no loss by itself if data comes later.
  bool silence = false;
};

/// When a registration brought data in one session and file.
struct presence {
  stamp first{}, last{};
};

/// Sessions of one run of the daemon bear one name but for their number.
std::string_view run_of(std::string_view session_id) {
  return session_id.substr(0, session_id.rfind("-s"));
}

class outage_finder {
public:
  outage_finder(const std::vector<file_part>& parts, cause_sums& sums)
    : sums_(sums) {
    for (auto& part : parts) {
      look_at_data(*part.sums);
      for (auto& event : part.sums->events)
        events_.push_back(&event);
    }
    std::stable_sort(events_.begin(), events_.end(),
                     [](auto a, auto b) { return a->at < b->at; });
    for (auto event : events_)
      note_alive(event->session_id, event->at);
  }

  void run() {
    for (auto event : events_)
      take(*event);
    while (!open_.empty())
      end(open_.begin(), end_of(open_.begin()->second), ending::session_over);
  }

private:
  enum class ending : uint8_t {
    /// The registration was taken up again.
    answered,
    /// It is down for another cause from then on.
    replaced,
    /// Nothing ended it.
    session_over,
  };

  using open_outages = std::map<registration_key, outage>;

  void note_alive(std::string_view session_id, const stamp& at) {
    for (auto name : {session_id, run_of(session_id)}) {
      auto& last = alive_.try_emplace(name, at).first->second;
      last = std::max(last, at);
    }
  }

  void look_at_data(const file_sums& sums) {
    for (auto& chain : sums.chains) {
      if (chain.runs.empty())
        continue;
      auto& begun = chain.runs.front();
      presence there{begun.first_received, begun.last_received};
      for (auto& run : chain.runs) {
        there.first = std::min(there.first, run.first_received);
        there.last = std::max(there.last, run.last_received);
      }
      note_data({chain.tr_id, chain.symbol}, chain.session_id, there);
    }
    for (auto& stream : sums.streams)
      if (stream.first_received && !stream.symbol.empty())
        note_data({stream.tr_id, stream.symbol}, stream.session_id,
                  {*stream.first_received, *stream.first_received});
  }

  void note_data(const registration_key& key, std::string_view session_id,
                 const presence& there) {
    data_[key].push_back(there);
    note_alive(session_id, there.last);
    auto& last = last_of_day_.try_emplace(date_of(there.first), there.last)
                   .first->second;
    last = std::max(last, there.last);
  }

  stamp end_of(const outage& o) const {
    // The whole feed is down between sessions: its end is the run's.
    auto whole = alive_.find(run_of(o.session_id));
    auto session = alive_.find(o.session_id);
    auto& last = o.session_id.empty() || session == alive_.end() ? whole
                                                                  : session;
    return last == alive_.end() ? o.from : std::max(o.from, last->second);
  }

  void begin(const registration_key& key, std::string_view cause,
             const noted_event& event, bool silence = false) {
    auto at = open_.find(key);
    if (at != open_.end()) {
      if (at->second.cause == cause
          && at->second.session_id == event.session_id)
        return;
      if (silence)
        return; // it is known why
      end(at, event.at, ending::replaced);
    }
    open_[key] = {cause, event.session_id, event.at, silence};
  }

  void take(const noted_event& event) {
    registration_key key{event.tr_id, event.symbol};
    auto whole = event.symbol.empty();
    std::pair slot{std::string_view{event.session_id}, event.slot};
    switch (event.what) {
      case noted_event::connected:
        end_whole(event.at, ending::answered);
        break;
      case noted_event::disconnected:
        end_session(event);
        if (!event.cause.empty())
          begin_whole(event);
        else
          end_whole(event.at, ending::session_over);
        break;
      case noted_event::subscribed: {
        if (whole)
          break;
        if (auto at = open_.find(key); at != open_.end())
          end(at, event.at, ending::answered);
        holders_[{slot.first, key}] = slot.second;
        auto held = std::exchange(slots_[slot], key);
        // Another symbol took its place, and no other slot has it.
        if (held != key && !held.second.empty()
            && holders_[{slot.first, held}] == slot.second)
          begin(held, "not_subscribed", event);
        break;
      }
      case noted_event::released:
        if (!whole)
          begin(key, "not_subscribed", event);
        break;
      case noted_event::refused:
        if (!whole && !event.cause.empty())
          begin(key, event.cause, event);
        break;
      case noted_event::silent:
        if (!whole && !event.cause.empty())
          begin(key, event.cause, event, true);
        break;
      case noted_event::other:
        break;
    }
  }

  /// What a session did not get it does not get any more.
  void end_session(const noted_event& event) {
    for (auto at = open_.begin(); at != open_.end();) {
      auto here = at++;
      if (here->second.session_id == event.session_id
          && !here->first.second.empty())
        end(here, event.at, ending::session_over);
    }
  }

  void begin_whole(const noted_event& event) {
    auto at = open_.find({});
    if (at != open_.end() && at->second.cause == event.cause)
      return;
    if (at != open_.end())
      end(at, event.at, ending::replaced);
    // It is of no session: the next one has another number.
    open_[{}] = {event.cause, run_of(event.session_id), event.at, false};
  }

  void end_whole(const stamp& at, ending how) {
    if (auto found = open_.find({}); found != open_.end())
      end(found, at, how);
  }

  void end(open_outages::iterator which, const stamp& until, ending how) {
    auto answered = how == ending::answered;
    auto key = which->first;
    auto o = which->second;
    open_.erase(which);
    auto& [tr_id, symbol] = key;
    auto& sum = sums_[{std::string{o.cause}, std::string{tr_id},
                       std::string{symbol}}];
    if (symbol.empty()) {
      sum.time.add(o.from, until);
      auto last = last_of_day_.find(date_of(o.from));
      if (how == ending::session_over
          && (last == last_of_day_.end() || last->second <= o.from)) {
        ++sum.unknown_losses;
        sum.unended = true;
      }
      return;
    }
    auto came = came_after(key, o.from);
    auto end = std::optional{until};
    if (came.any && !answered)
      end = came.at ? std::optional{std::min(until, *came.at)} : std::nullopt;
    sum.time.add(o.from, end);
    if (came.any ? is_quote(tr_id) && !o.silence : !answered || !o.silence)
      ++sum.unknown_losses;
    sum.unended |= !came.any && how == ending::session_over;
  }

  struct arrival {
    bool any = false;
    /// Nothing if it was some time or other.
    std::optional<stamp> at;
  };

  arrival came_after(const registration_key& key, const stamp& from) const {
    arrival out;
    auto found = data_.find(key);
    if (found == data_.end())
      return out;
    // Another day's volume tells nothing of this day's.
    auto spanned = false;
    for (auto& there : found->second) {
      if (there.last <= from || date_of(there.first) != date_of(from))
        continue;
      out.any = true;
      if (there.first > from)
        out.at = out.at ? std::min(*out.at, there.first) : there.first;
      else
        spanned = true;
    }
    if (spanned)
      out.at.reset();
    return out;
  }

  cause_sums& sums_;
  std::vector<const noted_event*> events_;
  std::map<registration_key, std::vector<presence>> data_;
  /// The last of any registration, by Korean day.
  std::map<std::array<char, 8>, stamp> last_of_day_;
  /// When a session, or run, was last heard of.
  std::map<std::string_view, stamp> alive_;
  /// What each slot of a session holds, and the slot that took it last.
  std::map<std::pair<std::string_view, int64_t>, registration_key> slots_;
  std::map<std::pair<std::string_view, registration_key>, int64_t> holders_;
  open_outages open_;
};

} // namespace

void add_outages(const std::vector<file_part>& parts, cause_sums& sums) {
  outage_finder{parts, sums}.run();
}

} // namespace observer::audit
