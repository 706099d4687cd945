#include "runtime/simulate/hub.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "messages/korean_time.hpp"

namespace observer::simulate {

namespace {

/// After a pause of the process, at most this much is made up for.
constexpr double catch_up_s = 0.1;
/// With `rate` 0: records a tick, and the backlog that says "read first".
constexpr uint64_t records_a_tick_max = 20'000;
constexpr size_t full_speed_backlog_bytes = 1024 * 1024;
/// Refusals that are said at most, and so many bytes of each.
constexpr size_t refusals_told_max = 100, refusal_shown = 300;
/// Frozen sockets that are kept open; the oldest goes first.
constexpr size_t frozen_max = 64;

std::vector<account> accounts_of(const simulate_options& x) {
  std::vector<account> out;
  for (size_t i = 0; i < x.appkeys.size(); ++i)
    out.push_back(
      {x.appkeys[i], x.appsecrets[std::min(i, x.appsecrets.size() - 1)]});
  // Some clients refuse keys that are not as long as KIS's own.
  simulate_options standard;
  if (x.appkeys == standard.appkeys && x.appsecrets == standard.appsecrets)
    out.push_back({full_length(x.appkeys.front(), appkey_length),
                   full_length(x.appsecrets.front(), appsecret_length)});
  return out;
}

market_config market_of(const simulate_options& x, uint64_t seed) {
  auto each = x.trades_kept / std::max<size_t>(x.symbols.size(), 1);
  return {x.symbols, x.any_symbol, seed, x.halted,
          std::max(each, instrument::trades_kept_default)};
}

int64_t to_us(double seconds) {
  return static_cast<int64_t>(seconds * us_per_second);
}

bool needs_session(fault_kind kind) {
  return kind != fault_kind::refuse && kind != fault_kind::drift
         && kind != fault_kind::bad_key;
}

} // namespace

hub::hub(const simulate_options& options)
    : options_{options}, seed_{options.seed ? *options.seed
                                            : std::random_device{}()},
      issues_{market_of(options, seed_)},
      keys_{accounts_of(options), seed_, rest_calls_per_second(options),
            options.approvals_per_second},
      exchange_{keys_, seed_, options.paper}, feed_{issues_,
                                     {seed_, options.records_min,
                                      options.records_max, options.width,
                                      options.total}},
      rest_{keys_, issues_,
            [this](const instrument& x) { return feed_.is_live(x); },
            {seed_, options.paper, {options.holidays, options.open_today}}},
      schedule_{options.faults}, decoy_{options.symbols.empty()
                                          ? "005930"
                                          : options.symbols.front(),
                                        venue::krx, ~seed_},
      fault_dice_{seed_ ^ 0x66617573} {}

std::optional<std::string> hub::start() {
  if (!options_.truth_file.empty() && !truth_.open(options_.truth_file))
    return truth_.problem();
  started_ = ticked_ = clock::now();
  started_wall_us_ = std::chrono::duration_cast<std::chrono::microseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  return std::nullopt;
}

void hub::goodbye(std::function<void()> all_gone) {
  all_gone_ = std::move(all_gone);
  for (auto& x : open_sessions())
    x->close(close_code::going_away);
  if (sessions_.empty())
    all_gone_();
}

void hub::finish() {
  // Whoever was not waited for: what he was sent still belongs to the truth.
  all_gone_ = nullptr;
  for (auto& [number, x] : std::map{sessions_})
    x->cut_off("stop");
  frozen_.clear();
  truth_.flush();
}

// --- Connections ------------------------------------------------------------

void hub::serve_rest(std::unique_ptr<byte_stream> stream) {
  std::make_shared<rest_connection>(
    std::move(stream),
    [this](const http_request& x) {
      auto out = rest_.answer(x, now_us());
      tell_refusal(x, out);
      return out;
    })
    ->start();
}

/// What a client is refused is said, each kind once: whoever tries a client
/// wants to see which of its calls fail, not how often.
void hub::tell_refusal(const http_request& request, const http_reply& reply) {
  auto good = reply.status < 400
              && (reply.body.find(R"("rt_cd":"0")") != std::string::npos
                  || reply.body.find(R"("rt_cd")") == std::string::npos);
  if (good || refusals_told_.size() >= refusals_told_max)
    return;
  // The method is the client's own text; the body is JSON of ours.
  auto what = fmt::format("{} is refused: {} {}",
                          request.method == "POST" ? "POST" : "GET",
                          reply.status, reply.body.substr(0, refusal_shown));
  if (refusals_told_.insert(what).second)
    say("REST " + what);
}

void hub::serve_websocket(std::unique_ptr<byte_stream> stream) {
  std::make_shared<ws_session>(
    std::move(stream), *this,
    session_config{to_us(options_.pingpong_after_s),
                   to_us(options_.pingpong_deadline_s), truth_.on()},
    now_us())
    ->start();
}

session_number hub::opened(const session_ptr& who) {
  auto number = exchange_.open_session();
  sessions_[number] = who;
  if (!first_session_us_)
    first_session_us_ = now_us();
  ++opened_;
  open_ = sessions_.size();
  say(fmt::format("session {} opened", number));
  return number;
}

void hub::received(ws_session& who, std::string_view text) {
  auto now = now_us();
  // A fault that is due hits this text already: a client that subscribes at
  // once must meet `refuse` and `bad-key` however late the tick is.
  for (auto& x : schedule_.due(double(now - *first_session_us_) / us_per_second,
                               feed_.sent()))
    strike(x);
  if (!who.is_open())
    return;
  auto out = exchange_.receive(who.number(), text, now);
  switch (out.what) {
    case answer::effect::alive:
      who.answered();
      return;
    case answer::effect::registered:
      feed_.join(who.number(), out.subject);
      break;
    case answer::effect::released:
      feed_.leave(who.number(), out.subject);
      break;
    default:
      break;
  }
  registered_ = exchange_.registrations();
  who.send_text(out.text, now);
  if (out.what == answer::effect::duplicate) {
    say(fmt::format("session {} refused: its appkey has another session",
                    who.number()));
    who.close(close_code::normal);
  }
}

void hub::written(std::string_view truth, uint64_t records, uint64_t frames,
                  uint64_t bytes) {
  truth_.append(truth);
  records_ += records;
  frames_ += frames;
  bytes_ += bytes;
}

void hub::closed(ws_session& who, std::string_view why) {
  if (who.number() == 0)
    return;
  say(fmt::format("session {} closed: {}", who.number(), why));
  feed_.leave(who.number());
  exchange_.close_session(who.number());
  sessions_.erase(who.number());
  open_ = sessions_.size();
  registered_ = exchange_.registrations();
  if (all_gone_ && sessions_.empty())
    all_gone_();
}

// --- The passing of time ----------------------------------------------------

int64_t hub::now_us() const {
  auto passed = std::chrono::duration<double>(clock::now() - started_).count();
  return started_wall_us_ + to_us(passed * options_.speed);
}

bool hub::tick() {
  auto now = clock::now();
  auto passed_s = std::chrono::duration<double>(now - ticked_).count();
  ticked_ = now;
  auto us = now_us();
  if (first_session_us_)
    for (auto& x : schedule_.due(
           double(us - *first_session_us_) / us_per_second, feed_.sent()))
      strike(x);
  if (!postponed_.empty() && !open_sessions().empty())
    for (auto& x : std::exchange(postponed_, {}))
      strike(x);
  trade(passed_s * options_.speed);
  // A copy: sessions leave the map when they are cut off.
  for (auto& x : open_sessions()) {
    if (x->backlog() > ws_session::backlog_bytes_max)
      x->cut_off("64 MiB behind, reads too slowly");
    else if (!x->keep_alive(us))
      x->cut_off("PINGPONG was not answered in time");
    else
      x->flush(us);
  }
  if (us - flushed_us_ >= us_per_second) {
    flushed_us_ = us;
    truth_.flush();
    if (!truth_.problem().empty() && !std::exchange(truth_problem_told_, true))
      say(truth_.problem());
  }
  return trading_since_us_.has_value();
}

/// Makes the records of `passed_s` seconds of the exchange's time.
void hub::trade(double passed_s) {
  auto now = now_us();
  if (!trading_since_us_) {
    if (exchange_.registrations() < std::max<size_t>(options_.wait_symbols, 1))
      return;
    trading_since_us_ = now;
  }
  if (auto second = now / us_per_second; second != stamp_second_) {
    stamp_second_ = second;
    stamp_ = stamp_of(now);
  }
  auto out = [this](const std::vector<session_number>& to,
                    const data_frame& frame) { return deliver(to, frame); };
  if (options_.rate == 0) {
    auto waits = [this] {
      return std::any_of(sessions_.begin(), sessions_.end(), [](auto& x) {
        return x.second->backlog() > full_speed_backlog_bytes;
      });
    };
    for (uint64_t made = 0;
         made < records_a_tick_max && open_ > 0 && !waits();) {
      auto n = feed_.step(stamp_, out);
      if (n == 0)
        break;
      made += n;
    }
  } else {
    auto in_burst = now - *trading_since_us_ < to_us(options_.burst_s);
    auto pace =
      options_.rate * (in_burst ? options_.burst_factor : 1) * feed_.overhead();
    allowance_ += pace * std::min(passed_s, catch_up_s * options_.speed);
    while (allowance_ >= 1) {
      auto n = feed_.step(stamp_, out);
      if (n == 0) {
        allowance_ = 0;
        break;
      }
      allowance_ -= double(n);
    }
  }
  if (feed_.finished() && !std::exchange(finish_told_, true)) {
    finished_ = true;
    say(fmt::format("the total of {} records is sent; PINGPONG only from now "
                    "on",
                    feed_.sent()));
  }
}

size_t hub::deliver(const std::vector<session_number>& to,
                    const data_frame& frame) {
  size_t taken = 0;
  auto now = now_us();
  for (auto number : to) {
    auto i = sessions_.find(number);
    if (i == sessions_.end() || !i->second->takes_data(now))
      continue;
    i->second->send_frame(frame, next_n_, now);
    next_n_ += frame.records.size();
    ++taken;
  }
  return taken;
}

// --- Faults -----------------------------------------------------------------

std::vector<hub::session_ptr> hub::open_sessions() const {
  std::vector<session_ptr> out;
  for (auto& [number, x] : sessions_)
    if (x->is_open())
      out.push_back(x);
  return out;
}

void hub::strike(const fault_plan& plan) {
  auto targets =
    needs_session(plan.kind) ? open_sessions() : std::vector<session_ptr>{};
  if (needs_session(plan.kind) && targets.empty()) {
    auto same = [&](auto& x) { return x.kind == plan.kind; };
    if (std::none_of(postponed_.begin(), postponed_.end(), same))
      postponed_.push_back(plan);
    return;
  }
  ++faults_;
  say(fmt::format("fault {}", name_of(plan.kind)));
  switch (plan.kind) {
    case fault_kind::refuse:
      exchange_.refuse_next();
      break;
    case fault_kind::bad_key:
      keys_.forget_approval_keys();
      break;
    case fault_kind::drift:
      feed_.widen();
      break;
    default:
      for (auto& x : targets)
        strike(plan, *x);
  }
}

void hub::strike(const fault_plan& plan, ws_session& who) {
  auto now = now_us();
  auto until =
    plan.for_s ? now + to_us(*plan.for_s) : std::numeric_limits<int64_t>::max();
  switch (plan.kind) {
    case fault_kind::drop:
      who.cut_off("drop");
      break;
    case fault_kind::silence:
      who.silence(until);
      break;
    case fault_kind::slow:
      who.stall(until);
      break;
    case fault_kind::garbage:
      send_garbage(who);
      break;
    case fault_kind::duplicate_session:
      who.send_text(already_in_use_text(), now);
      who.close(close_code::normal);
      break;
    case fault_kind::half_open:
      if (frozen_.size() >= frozen_max)
        frozen_.erase(frozen_.begin());
      frozen_.push_back(who.shared_from_this());
      who.freeze();
      break;
    default:
      break;
  }
}

void hub::send_garbage(ws_session& who) {
  auto now = now_us();
  std::string record;
  decoy_.trade(stamp_of(now), feed_.width(), record);
  for (auto& x : garbage_texts(decoy_.code(), record, fault_dice_))
    who.send_bad(x, name_of(fault_kind::garbage), now);
}

void hub::say(const std::string& what) {
  if (options_.on_event)
    options_.on_event(what);
}

simulate_counts hub::counts() const {
  return {open_,    registered_, finished_, opened_,
          records_, frames_,     bytes_,    faults_};
}

} // namespace observer::simulate
