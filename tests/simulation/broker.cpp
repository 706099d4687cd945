#include "simulation/broker.hpp"

#include <algorithm>

#include <caf/send.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/kis/record.hpp"
#include "messages/korean_time.hpp"
#include "runtime/simulate/fault.hpp"

namespace observer::simulation {

namespace {

constexpr int64_t latency_min_us = 200;
constexpr int64_t latency_max_us = 20'000;
constexpr int64_t pingpong_after_us = 10 * us_per_second;

} // namespace

/// One WebSocket, seen from the broker's side.
struct broker::session {
  uint64_t life = 0;
  uint32_t attempt = 0;
  /// Weak: a simulated network keeps no actor alive.
  caf::weak_actor_ptr receiver;
  std::shared_ptr<wall_clock> clock;
  simulate::session_number number = 0;
  bool open = false;
  /// Ended for the daemon: nothing is delivered any more.
  bool over = false;
  bool frozen = false;
  int64_t stalled_until_us = 0;
  int64_t last_byte_us = 0, last_sent_us = 0;
  /// What one batch on the way makes the others wait for.
  std::shared_ptr<frame_batch> gathering;
  uint64_t records_gathered = 0;
  uint64_t sent_number = 0, consumed_number = 0;

  template <class T>
  void tell(T&& message) {
    auto strong = caf::actor_cast<caf::strong_actor_ptr>(receiver);
    if (strong)
      caf::anon_send(caf::actor_cast<connection_actor>(strong),
                     std::forward<T>(message));
  }
};

namespace {

/// The daemon's end.
class socket_handle : public web_socket {
 public:
  using text_function = std::function<void(std::string)>;
  using number_function = std::function<void(uint64_t)>;

  text_function on_send;
  number_function on_consumed;
  std::function<void()> on_close, on_abandon;
  std::function<int64_t()> last_byte;

  ~socket_handle() override {
    on_abandon();
  }
  void send(std::string text) override {
    on_send(std::move(text));
  }
  void close() override {
    on_close();
  }
  void probe() override {}
  void consumed(uint64_t n) override {
    on_consumed(n);
  }
  int64_t last_byte_us() const override {
    return last_byte();
  }
};

} // namespace

broker::broker(timeline& line, simulate::dice& random, broker_config config,
               int64_t wall_at_start_us)
  : line_(line), random_(random), wall_at_start_us_(wall_at_start_us),
    symbols_(simulate::default_symbols(config.symbols)),
    market_({symbols_, false, config.seed}),
    keys_({{"sim-appkey", "sim-appsecret"}}, config.seed, 18),
    exchange_(keys_, config.seed),
    decoy_(symbols_.front(), simulate::venue::krx, ~config.seed) {
  // Frames a second: they hold some two records on average.
  auto pause_us = static_cast<int64_t>(2e6 / config.rate);
  struct loop {
    static void go(broker& b, int64_t pause_us) {
      b.trade();
      b.line_.in(b.random_.between(1, 2 * pause_us), 0,
                 [&b, pause_us] { go(b, pause_us); });
    }
  };
  line_.in(1, 0, [this, pause_us] { loop::go(*this, pause_us); });
}

std::shared_ptr<broker::port> broker::make_port(uint64_t life) {
  return std::make_shared<port>(*this, life);
}

// -- sockets ------------------------------------------------------------------

std::unique_ptr<web_socket> broker::port::connect(const socket_target& target,
                                                  connection_actor receiver) {
  auto& b = broker_;
  auto s = std::make_shared<session>();
  s->life = life_;
  s->attempt = target.attempt;
  s->receiver = caf::actor_cast<caf::weak_actor_ptr>(receiver);
  s->clock = clock;
  opened_.push_back(s);
  auto out = std::make_unique<socket_handle>();
  out->on_send = [&b, s](std::string text) {
    if (!s->open || s->over || s->frozen)
      return;
    b.line_.in(b.random_.between(latency_min_us, latency_max_us), s->life,
               [&b, s, text = std::move(text)] { b.receive(s, text); });
  };
  out->on_consumed = [&b, s](uint64_t n) {
    s->consumed_number = std::max(s->consumed_number, n);
    b.flush(s);
  };
  out->on_close = [&b, s] {
    if (!s->over)
      b.close(s, socket_end::closed_by_us, "closed", latency_max_us);
  };
  out->on_abandon = [&b, s] {
    s->over = true;
    b.forget(s);
  };
  out->last_byte = [s] { return s->last_byte_us; };
  if (b.sockets != answer::nothing)
    b.line_.in(b.random_.between(latency_min_us, latency_max_us), life_,
               [&b, s] { b.open(s); });
  return out;
}

void broker::port::die() {
  for (auto& weak : opened_)
    if (auto s = weak.lock()) {
      s->over = true;
      broker_.forget(s);
    }
  opened_.clear();
}

void broker::open(const session_ptr& s) {
  if (s->over)
    return;
  auto refuse = [&](socket_end end, const char* why) {
    s->over = true;
    s->tell(socket_closed{s->attempt, end, why});
  };
  if (sockets == answer::unreachable)
    return refuse(socket_end::unreachable, "nobody listens");
  if (sockets == answer::tls_refused)
    return refuse(socket_end::tls_refused, "certificate has expired");
  if (sockets == answer::no_websocket)
    return refuse(socket_end::not_a_websocket, "HTTP 503");
  s->number = exchange_.open_session();
  s->open = true;
  s->last_byte_us = s->last_sent_us = line_.now_us();
  sessions_[s->number] = s;
  s->tell(socket_opened{s->attempt});
  pingpong(s);
}

void broker::forget(const session_ptr& s) {
  s->open = false;
  if (s->number != 0 && sessions_.erase(s->number) > 0) {
    exchange_.close_session(s->number);
    for (auto& [symbol, who] : listeners_)
      who.erase(s->number);
  }
}

void broker::close(const session_ptr& s, socket_end end, std::string why,
                   int64_t delay_us) {
  forget(s);
  line_.in(delay_us, s->life, [this, s, end, why = std::move(why)] {
    if (s->over)
      return;
    s->consumed_number = s->sent_number; // what was read is handed on first
    flush(s);
    s->over = true;
    s->tell(socket_closed{s->attempt, end, why});
  });
}

void broker::receive(const session_ptr& s, const std::string& text) {
  if (!s->open || s->over || s->frozen || mute)
    return;
  if (appkey_taken_until_us_ > line_.now_us()
      && text.find("PINGPONG") == text.npos) {
    push(s, simulate::already_in_use_text(), 0);
    close(s, socket_end::broken, "closed by the peer", us_per_second / 2);
    return;
  }
  auto reply = exchange_.receive(s->number, text, wall_us());
  if (!reply.text.empty())
    push(s, reply.text, 0);
  using effect = simulate::answer::effect;
  if (reply.what == effect::registered)
    listeners_[reply.subject.second].insert(s->number);
  else if (reply.what == effect::released)
    listeners_[reply.subject.second].erase(s->number);
  else if (reply.what == effect::duplicate)
    close(s, socket_end::broken, "closed by the peer", us_per_second / 2);
}

void broker::push(const session_ptr& s, std::string_view text,
                  uint64_t records) {
  if (s->over || s->frozen)
    return;
  if (!s->gathering) {
    s->gathering = std::make_shared<frame_batch>();
    s->gathering->attempt = s->attempt;
  }
  auto& b = *s->gathering;
  b.frames.push_back({static_cast<uint32_t>(b.bytes.size()),
                      static_cast<uint32_t>(text.size()),
                      s->clock->now_us()});
  b.bytes += text;
  s->records_gathered += records;
  s->last_sent_us = line_.now_us();
  // Some reads bring several frames.
  line_.at(std::max(line_.now_us() + random_.between(0, 3'000),
                    s->stalled_until_us),
           s->life, [this, s] { flush(s); });
}

void broker::flush(const session_ptr& s) {
  if (s->over || s->frozen || !s->gathering
      || s->consumed_number < s->sent_number
      || s->stalled_until_us > line_.now_us())
    return;
  s->last_byte_us = line_.now_us();
  s->gathering->number = ++s->sent_number;
  facts.delivered += std::exchange(s->records_gathered, 0);
  s->tell(frame_batch_ptr{std::move(s->gathering)});
  s->gathering = nullptr;
}

void broker::pingpong(const session_ptr& s) {
  if (!s->open || s->over)
    return;
  if (line_.now_us() - s->last_sent_us >= pingpong_after_us)
    push(s, simulate::pingpong_text(wall_us()), 0);
  line_.in(us_per_second, s->life, [this, s] { pingpong(s); });
}

// -- REST ---------------------------------------------------------------------

void broker::port::request(const http_request& request,
                           credentials_actor receiver) {
  auto& b = broker_;
  if (b.rest == answer::nothing)
    return;
  http_response out;
  out.ticket = request.ticket;
  if (b.rest != answer::well) {
    out.problem = request.url + ": nobody listens";
  } else {
    auto body = nlohmann::json::parse(request.body, nullptr, false);
    auto made = b.keys_.issue_approval(body.value("appkey", ""),
                                       body.value("secretkey", ""),
                                       b.wall_us());
    if (auto* good = std::get_if<simulate::issued>(&made)) {
      out.status = 200;
      out.body = nlohmann::json{{"approval_key", good->value}}.dump();
    } else {
      auto& no = std::get<simulate::refusal>(made);
      out.status = no.http_status;
      out.body = nlohmann::json{{"error_code", no.code},
                                {"error_description", no.message}}
                   .dump();
    }
  }
  auto weak = caf::actor_cast<caf::weak_actor_ptr>(receiver);
  b.line_.in(b.random_.between(latency_min_us, latency_max_us), life_,
             [weak, out] {
               if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(weak))
                 caf::anon_send(caf::actor_cast<credentials_actor>(strong),
                                out);
             });
}

// -- trades -------------------------------------------------------------------

void broker::trade() {
  if (closed_)
    return;
  // A few issues make most of the trades.
  auto last = static_cast<int64_t>(symbols_.size()) - 1;
  auto which = std::min(random_.between(0, last), random_.between(0, last));
  auto records = random_.per_mille(430) ? 1 : random_.between(2, 6);
  trade(symbols_[static_cast<size_t>(which)], records);
}

void broker::last_trades() {
  closed_ = true;
  for (auto& symbol : symbols_)
    trade(symbol, 1);
}

void broker::trade(const std::string& symbol, int64_t records) {
  auto& issue = *market_.find(simulate::venue::krx, symbol);
  auto stamp = simulate::stamp_of(wall_us());
  auto silent = silent_until_us_ > line_.now_us();
  auto withheld = silent || mixed_up_;
  auto& list = facts.trades[symbol];
  auto text = fmt::format("0|H0STCNT0|{:03}|", records);
  for (int64_t i = 0; i < records; ++i) {
    if (i > 0)
      text += '^';
    auto offset = text.size();
    issue.trade(stamp, width_, text);
    auto raw = std::string_view{text}.substr(offset);
    kis::trade t;
    kis::parse_trade(raw, static_cast<uint32_t>(width_), t);
    list.push_back({issue.volume(), std::stoll(std::string{t.volume}),
                    std::string{t.price}, withheld});
    if (shifted_ == "*" || shifted_ == symbol)
      text.insert(offset + symbol.size(), "^A");
    if (mixed_up_)
      text.replace(offset, symbol.size(), "999999");
  }
  if (silent)
    return;
  if (damaged_per_mille_ > 0 && random_.per_mille(damaged_per_mille_))
    text[text.find('^') + 1] = 'x';
  for (auto number : listeners_[symbol])
    push(sessions_.at(number), text, static_cast<uint64_t>(records));
}

// -- faults -------------------------------------------------------------------

std::vector<broker::session_ptr> broker::open_sessions() const {
  std::vector<session_ptr> out;
  for (auto& [number, s] : sessions_)
    out.push_back(s);
  return out;
}

void broker::drop(std::string_view why) {
  for (auto& s : open_sessions())
    close(s, socket_end::broken, std::string{why},
          random_.between(0, latency_max_us));
}

void broker::silence(int64_t until_us) {
  silent_until_us_ = until_us;
}

void broker::freeze() {
  for (auto& s : open_sessions()) {
    s->frozen = true;
    forget(s);
  }
}

bool broker::stalled() const {
  auto open = open_sessions();
  return std::any_of(open.begin(), open.end(), [&](auto& s) {
    return s->stalled_until_us > line_.now_us();
  });
}

void broker::stall(int64_t until_us) {
  for (auto& s : open_sessions()) {
    s->stalled_until_us = until_us;
    line_.at(until_us, s->life, [this, s] { flush(s); });
  }
}

void broker::garbage() {
  std::string record;
  decoy_.trade(simulate::stamp_of(wall_us()), simulate::trade_width_now,
               record);
  for (auto& s : open_sessions())
    for (auto& text : simulate::garbage_texts(symbols_.front(), record,
                                              random_))
      push(s, text, 0);
}

void broker::take_appkey(int64_t until_us) {
  appkey_taken_until_us_ = until_us;
  for (auto& s : open_sessions()) {
    push(s, simulate::already_in_use_text(), 0);
    close(s, socket_end::broken, "closed by the peer", us_per_second / 2);
  }
}

} // namespace observer::simulation
