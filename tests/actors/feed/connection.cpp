#define CAF_SUITE actors_feed_connection
#include "test.hpp"

#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/feed/connection.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "support/test_disks.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

/// A Monday at 10:00 in Korea.
const int64_t monday_ten_us
  = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();

/// What the broker's side of a socket saw.
struct wire {
  uint32_t attempt = 0;
  std::vector<std::string> sent;
  bool closed = false;
  bool abandoned = false;
  uint64_t consumed = 0;
  int probes = 0;
};

struct fake_socket : web_socket {
  std::shared_ptr<wire> w;
  std::shared_ptr<test::fake_clock> clock;
  int64_t last_us;
  fake_socket(std::shared_ptr<wire> w, std::shared_ptr<test::fake_clock> c)
    : w(std::move(w)), clock(std::move(c)), last_us(clock->steady_us()) {}
  ~fake_socket() override {
    w->abandoned = true;
  }
  void send(std::string text) override {
    w->sent.push_back(std::move(text));
  }
  void close() override {
    w->closed = true;
  }
  void consumed(uint64_t n) override {
    w->consumed = n;
  }
  void probe() override {
    ++w->probes;
  }
  int64_t last_byte_us() const override {
    return last_us;
  }
};

struct fake_network : network {
  std::shared_ptr<test::fake_clock> clock;
  std::vector<std::shared_ptr<wire>> wires;
  fake_socket* last = nullptr;
  std::unique_ptr<web_socket> connect(const socket_target& t,
                                      connection_actor) override {
    wires.push_back(std::make_shared<wire>());
    wires.back()->attempt = t.attempt;
    auto out = std::make_unique<fake_socket>(wires.back(), clock);
    last = out.get();
    return out;
  }
  void request(const http_request&, credentials_actor) override {}
};

/// Announces what it was given, as a supervisor would.
supervisor_actor::behavior_type
stub_supervisor(supervisor_actor::pointer self,
                std::shared_ptr<std::map<std::string, caf::actor>> children) {
  return {
    [=](const watch_child& w) {
      auto at = children->find(w.child);
      if (at != children->end())
        caf::anon_send(w.watcher, child_started{w.child, at->second, 1});
    },
    [](const restart_child&) {},
    [self](const supervisor_stop&) {
      self->quit(caf::exit_reason::user_shutdown);
    },
    [](const restart_due&) {},
    [](const stop_overdue&) {},
    [](const get_children&) { return supervisor_report{}; },
  };
}

/// Hears what the connection tells a slot.
struct heard {
  std::vector<subscription_news> news;
  std::vector<record_batch_ptr> batches;
};
slot_actor::behavior_type stub_slot(slot_actor::pointer,
                                    std::shared_ptr<heard> h) {
  return {
    [](const persisted&) {},
    [](const resend_request&) {},
    [h](const record_batch_ptr& b) { h->batches.push_back(b); },
    [h](const subscription_news& n) { h->news.push_back(n); },
    [](const child_started&) {},
    [](const assign&) {},
    [](const release&) {},
    [](const slot_tick&) {},
  };
}

struct issued {
  int times = 0;
  int renewed = 0;
  bool refused = false;
};
credentials_actor::behavior_type stub_credentials(credentials_actor::pointer,
                                                  std::shared_ptr<issued> i) {
  return {
    [i](const get_approval& g) {
      ++i->times;
      i->renewed += g.renew;
      if (i->refused)
        return approval{{}, "EGW00103", true};
      return approval{"key-" + std::to_string(i->times), {}, false};
    },
    [](const http_response&) {},
    [](const issue_due&) {},
  };
}

struct fixture : test_coordinator_fixture<> {
  std::shared_ptr<test::fake_clock> clock
    = std::make_shared<test::fake_clock>();
  std::shared_ptr<fake_network> net = std::make_shared<fake_network>();
  std::shared_ptr<session_memory> memory
    = std::make_shared<session_memory>("run", 1 << 20);
  std::shared_ptr<issued> keys = std::make_shared<issued>();
  std::map<int, std::shared_ptr<heard>> slots;
  std::vector<slot_actor> slot_handles;
  supervisor_actor collection, persistence;
  credentials_actor credentials;
  connection_config config;
  connection_actor conn;
  bool ended = false;

  fixture() {
    clock->us = monday_ten_us;
    net->clock = clock;
    credentials = sys.spawn(stub_credentials, keys);
    auto children = std::make_shared<std::map<std::string, caf::actor>>();
    (*children)["credentials"] = caf::actor_cast<caf::actor>(credentials);
    collection = sys.spawn(stub_supervisor, children);
    persistence = sys.spawn(
      stub_supervisor,
      std::make_shared<std::map<std::string, caf::actor>>());
    config.url = "ws://broker";
    config.clock = clock;
    config.network = net;
    config.memory = memory;
    config.collection = collection;
    config.persistence = persistence;
    config.reconnect.jitter = 0;
  }
  ~fixture() override {
    caf::anon_send_exit(conn, caf::exit_reason::kill);
    caf::anon_send_exit(credentials, caf::exit_reason::kill);
    caf::anon_send_exit(collection, caf::exit_reason::kill);
    caf::anon_send_exit(persistence, caf::exit_reason::kill);
    for (auto& s : slot_handles)
      caf::anon_send_exit(s, caf::exit_reason::kill);
    sched.run();
  }

  void start() {
    conn = sys.spawn(connection, config);
    caf::actor_cast<caf::abstract_actor*>(conn)->attach_functor(
      [this](const caf::error&) { ended = true; });
    sched.run();
  }
  /// Time passes in small steps, on both clocks.
  void pass(std::chrono::milliseconds d) {
    for (auto step = 10ms; d.count() > 0; d -= step) {
      clock->us += 10'000;
      sched.advance_time(step);
      sched.run();
    }
  }
  void attach(int slot, const std::string& symbol) {
    slots[slot] = std::make_shared<heard>();
    auto h = sys.spawn(stub_slot, slots[slot]);
    slot_handles.push_back(h);
    caf::anon_send(conn,
                   attach_slot{slot, registration{kis::tr::h0stcnt0, symbol}},
                   h);
    sched.run();
  }
  /// An attached slot wants something else.
  void want(int slot, std::optional<std::string> symbol,
            kis::tr id = kis::tr::h0stcnt0) {
    auto what = symbol ? std::optional{registration{id, *symbol}}
                       : std::nullopt;
    caf::anon_send(conn, attach_slot{slot, what},
                   slot_handles[static_cast<size_t>(slot)]);
    sched.run();
    pass(200ms);
  }
  /// "+A -B": the requests since the last look.
  std::string requests() {
    std::string out;
    for (; seen_requests < w().sent.size(); ++seen_requests) {
      auto request = nlohmann::json::parse(w().sent[seen_requests]);
      auto subscribes = request["header"]["tr_type"] == "1";
      out += (out.empty() ? "" : " ") + std::string(subscribes ? "+" : "-")
             + request["body"]["input"]["tr_key"].get<std::string>();
    }
    return out;
  }
  wire& w() {
    return *net->wires.back();
  }
  void open() {
    caf::anon_send(conn, socket_opened{w().attempt});
    sched.run();
  }
  void close(socket_end end = socket_end::broken) {
    caf::anon_send(conn, socket_closed{w().attempt, end, "closed"});
    sched.run();
  }
  void receive(const std::vector<std::string>& texts) {
    auto b = std::make_shared<frame_batch>();
    b->attempt = w().attempt;
    b->number = ++batch_number;
    for (auto& t : texts) {
      b->frames.push_back({uint32_t(b->bytes.size()), uint32_t(t.size()),
                           clock->us});
      b->bytes += t;
    }
    net->last->last_us = clock->steady_us();
    caf::anon_send(conn, frame_batch_ptr{b});
    sched.run();
  }
  void reply(const std::string& symbol, const std::string& rt_cd,
             const std::string& code, const std::string& tr = "H0STCNT0") {
    receive({R"({"header":{"tr_id":")" + tr + R"(","tr_key":")" + symbol
             + R"("},"body":{"rt_cd":")" + rt_cd + R"(","msg_cd":")" + code
             + R"(","msg1":"words"}})"});
  }
  static std::string record(const std::string& symbol, int volume = 1) {
    std::string r = symbol + "^100000^100^2^1^1.00^100.00^100^100^100^100^100^"
                    + std::to_string(volume) + "^1000^100000";
    for (int i = 15; i < 47; ++i)
      r += "^1";
    return r;
  }
  static std::string frame(const std::vector<std::string>& records) {
    std::string out = fmt::format("0|H0STCNT0|{:03}|", records.size());
    for (size_t i = 0; i < records.size(); ++i)
      out += (i ? "^" : "") + records[i];
    return out;
  }
  /// A live session with these symbols in slots 0, 1, …
  void live(const std::vector<std::string>& symbols) {
    start();
    for (size_t i = 0; i < symbols.size(); ++i)
      attach(int(i), symbols[i]);
    open();
    for (auto& s : symbols) {
      pass(200ms);
      reply(s, "0", "OPSP0000");
    }
  }
  auto last_news(int slot) {
    return slots[slot]->news.empty() ? subscription_news{}
                                     : slots[slot]->news.back();
  }
  /// The connection's own events of this name; no writer takes them here.
  std::vector<nlohmann::json> events(const std::string& name) {
    std::vector<nlohmann::json> out;
    auto ignore = [](const line_batch_ptr&) {};
    memory->events->flush(ignore);
    memory->events->resend([&](const line_batch_ptr& b) {
      std::istringstream text{b->text};
      for (std::string line; std::getline(text, line);)
        if (auto e = nlohmann::json::parse(line); e["event"] == name)
          out.push_back(e);
    });
    return out;
  }
  /// The connection's own lines in the quarantine; no writer takes them here.
  std::vector<nlohmann::json> rejects() {
    std::vector<nlohmann::json> out;
    auto ignore = [](const line_batch_ptr&) {};
    memory->rejects->flush(ignore);
    memory->rejects->resend([&](const line_batch_ptr& b) {
      std::istringstream text{b->text};
      for (std::string line; std::getline(text, line);)
        out.push_back(nlohmann::json::parse(line));
    });
    return out;
  }
  size_t records_of(int slot) {
    size_t n = 0;
    for (auto& b : slots[slot]->batches)
      n += b->records.size();
    return n;
  }

  uint64_t batch_number = 0;
  size_t seen_requests = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(connection_tests, fixture)

CAF_TEST(slots are subscribed one after another with spacing) {
  start();
  for (int i = 0; i < 3; ++i)
    attach(i, "00000" + std::to_string(i));
  open();
  CAF_CHECK_EQUAL(w().sent.size(), 1u);
  pass(140ms);
  CAF_CHECK_EQUAL(w().sent.size(), 1u);
  pass(20ms);
  CAF_CHECK_EQUAL(w().sent.size(), 2u);
  pass(150ms);
  CAF_CHECK_EQUAL(w().sent.size(), 3u);
  CAF_CHECK(w().sent[0].find("\"tr_type\":\"1\"") != std::string::npos);
  CAF_CHECK(w().sent[0].find("\"approval_key\":\"key-1\"")
            != std::string::npos);
}

CAF_TEST(the spacing holds while the clock goes on within a handler) {
  clock->us_a_look = 3;
  start();
  for (int i = 0; i < 3; ++i)
    attach(i, "00000" + std::to_string(i));
  open();
  CAF_CHECK_EQUAL(w().sent.size(), 1u);
  pass(140ms);
  CAF_CHECK_EQUAL(w().sent.size(), 1u);
  pass(20ms);
  CAF_CHECK_EQUAL(w().sent.size(), 2u);
}

CAF_TEST(a slot is on when the broker says so and not before (F14)) {
  start();
  attach(0, "005930");
  open();
  CAF_CHECK(last_news(0).kind == subscription_news::sent);
  reply("005930", "0", "OPSP0000");
  CAF_CHECK(last_news(0).kind == subscription_news::on);
}

CAF_TEST(already subscribed is on and not asked again (F18)) {
  live({"005930"});
  reply("005930", "1", "OPSP0002");
  CAF_CHECK(last_news(0).kind == subscription_news::on);
  pass(30s);
  CAF_CHECK_EQUAL(w().sent.size(), 1u);
}

CAF_TEST(a full table refuses the slot for the session (F13)) {
  start();
  attach(0, "005930");
  open();
  reply("005930", "1", "OPSP0008");
  CAF_CHECK(last_news(0).kind == subscription_news::refused);
  CAF_CHECK(last_news(0).why == cause::refused_limit);
  receive({frame({record("000660")})});
  pass(40s);
  CAF_CHECK_EQUAL(w().sent.size(), 1u);
}

CAF_TEST(an unknown code is a refusal) {
  start();
  attach(0, "005930");
  open();
  reply("005930", "0", "OPSP4711");
  CAF_CHECK(last_news(0).kind == subscription_news::refused);
}

CAF_TEST(an app key in use waits a minute with the same key (F19 F20)) {
  start();
  attach(0, "005930");
  open();
  reply("", "9", "OPSP8996", "(null)");
  CAF_CHECK(w().closed);
  close();
  CAF_CHECK(last_news(0).why == cause::appkey_in_use);
  pass(59s);
  CAF_CHECK_EQUAL(net->wires.size(), 1u);
  pass(3s);
  CAF_CHECK_EQUAL(net->wires.size(), 2u);
  CAF_CHECK_EQUAL(keys->renewed, 0);
}

CAF_TEST(a dead approval key is renewed (F16)) {
  start();
  attach(0, "005930");
  open();
  reply("005930", "1", "OPSP0011");
  close();
  pass(2s);
  CAF_CHECK_EQUAL(keys->renewed, 1);
  CAF_CHECK_EQUAL(net->wires.size(), 2u);
}

CAF_TEST(a session that answers nothing gets a fresh key (F15)) {
  start();
  attach(0, "005930");
  open();
  pass(11s);
  CAF_CHECK(w().closed);
  close();
  CAF_CHECK(last_news(0).why == cause::no_reply);
  pass(2s);
  CAF_CHECK_EQUAL(keys->renewed, 1);
}

CAF_TEST(a refused app key waits ten minutes) {
  keys->refused = true;
  start();
  pass(5min);
  CAF_CHECK_EQUAL(keys->times, 1);
  pass(6min);
  CAF_CHECK_EQUAL(keys->times, 2);
}

CAF_TEST(the backoff doubles to a minute and has no end (F28)) {
  config.open_deadline = 1h;
  start();
  std::vector<int64_t> waits;
  for (int i = 0; i < 9; ++i) {
    auto before = net->wires.size();
    auto from = clock->us;
    close(socket_end::unreachable);
    while (net->wires.size() == before && clock->us - from < 120'000'000)
      pass(10ms);
    waits.push_back((clock->us - from + 500'000) / 1'000'000);
  }
  CAF_CHECK_EQUAL(waits, (std::vector<int64_t>{1, 2, 4, 8, 16, 32, 60, 60,
                                               60}));
}

CAF_TEST(a broker that sends a little and hangs up is called ever less) {
  start();
  attach(0, "005930");
  std::vector<int64_t> waits;
  for (int i = 0; i < 4; ++i) {
    open();
    receive({frame({record("005930")})});
    auto before = net->wires.size();
    auto from = clock->us;
    close();
    while (net->wires.size() == before && clock->us - from < 120'000'000)
      pass(10ms);
    waits.push_back((clock->us - from + 500'000) / 1'000'000);
  }
  CAF_CHECK_EQUAL(waits, (std::vector<int64_t>{1, 2, 4, 8}));
}

CAF_TEST(a refusal does not hold where data flows (F18)) {
  start();
  attach(0, "005930");
  open();
  reply("005930", "1", "OPSP0007");
  receive({frame({record("005930")})});
  for (int i = 0; i < 5; ++i) {
    pass(10s);
    receive({frame({record("005930")})});
  }
  CAF_CHECK_EQUAL(w().sent.size(), 1u);
}

CAF_TEST(an approval key that the broker quotes is not told on) {
  start();
  attach(0, "005930");
  open();
  receive({R"({"header":{"tr_id":"H0STCNT0","tr_key":"005930"},)"
           R"("body":{"rt_cd":"1","msg_cd":"OPSP4711","msg1":"no key-1"}})"});
  CAF_CHECK_EQUAL(last_news(0).text, "OPSP4711 no ****");
}

CAF_TEST(after a reconnect every slot is subscribed again (F15)) {
  live({"005930", "000660"});
  close();
  CAF_CHECK(last_news(0).kind == subscription_news::lost);
  pass(1500ms);
  CAF_REQUIRE_EQUAL(net->wires.size(), 2u);
  open();
  pass(400ms);
  CAF_CHECK_EQUAL(w().sent.size(), 2u);
}

CAF_TEST(what another slot has is not asked for again) {
  live({"005930"});
  requests();
  attach(1, "005930");
  pass(1s);
  CAF_CHECK_EQUAL(requests(), "");
  CAF_CHECK(last_news(1).kind == subscription_news::refused);
  CAF_CHECK(last_news(1).why == cause::refused_symbol);
  CAF_CHECK(last_news(1).text.find("slot 0") != std::string::npos);
  // And taking it back takes nothing from the other.
  want(1, std::nullopt);
  CAF_CHECK_EQUAL(requests(), "");
  receive({frame({record("005930")})});
  CAF_CHECK_EQUAL(records_of(0), 1u);
  CAF_CHECK_EQUAL(records_of(1), 0u);
}

CAF_TEST(trades and quotes of a symbol are two registrations of two slots) {
  live({"005930"});
  attach(1, "000660");
  pass(200ms);
  reply("000660", "0", "OPSP0000");
  requests();
  want(1, "005930", kis::tr::h0stasp0);
  reply("000660", "0", "OPSP0001");
  pass(200ms);
  CAF_CHECK_EQUAL(requests(), "-000660 +005930");
  reply("005930", "0", "OPSP0000", "H0STASP0");
  CAF_CHECK(last_news(1).kind == subscription_news::on);
  CAF_CHECK(last_news(0).kind == subscription_news::on);
}

CAF_TEST(a registration moves when the release of the other is answered) {
  live({"005930"});
  attach(1, "000660");
  pass(200ms);
  reply("000660", "0", "OPSP0000");
  requests();
  want(0, std::nullopt);
  CAF_CHECK_EQUAL(requests(), "-005930");
  want(1, "005930");
  CAF_CHECK_EQUAL(requests(), "-000660");
  reply("000660", "0", "OPSP0001");
  pass(1s);
  CAF_CHECK_EQUAL(requests(), ""); // the broker still has it for slot 0
  // Until then what comes is slot 0's.
  receive({frame({record("005930")})});
  CAF_CHECK_EQUAL(records_of(0), 1u);
  reply("005930", "0", "OPSP0001");
  CAF_CHECK(last_news(0).kind == subscription_news::released);
  pass(200ms);
  CAF_CHECK_EQUAL(requests(), "+005930");
  reply("005930", "0", "OPSP0000");
  CAF_CHECK(last_news(1).kind == subscription_news::on);
  receive({frame({record("005930")})});
  CAF_CHECK_EQUAL(records_of(1), 1u);
}

CAF_TEST(a release that is never answered holds nobody up for good) {
  live({"005930"});
  attach(1, "000660");
  pass(200ms);
  reply("000660", "0", "OPSP0000");
  want(0, std::nullopt);
  want(1, "005930");
  reply("000660", "0", "OPSP0001");
  requests();
  pass(11s);
  CAF_CHECK_EQUAL(requests(), "+005930");
  // The late word of the release is not the new registration's end.
  reply("005930", "0", "OPSP0001");
  reply("005930", "0", "OPSP0000");
  CAF_CHECK(last_news(1).kind == subscription_news::on);
}

CAF_TEST(two slots swap their symbols) {
  live({"005930", "000660"});
  requests();
  want(0, std::nullopt);
  want(1, "005930");
  want(0, "000660");
  CAF_CHECK_EQUAL(requests(), "-005930 -000660");
  reply("000660", "0", "OPSP0001");
  reply("005930", "0", "OPSP0001");
  pass(500ms);
  auto asked = requests();
  CAF_CHECK(asked == "+000660 +005930" || asked == "+005930 +000660");
  reply("005930", "0", "OPSP0000");
  reply("000660", "0", "OPSP0000");
  receive({frame({record("005930")}), frame({record("000660"),
                                             record("000660")})});
  CAF_CHECK_EQUAL(records_of(0), 2u);
  CAF_CHECK_EQUAL(records_of(1), 1u);
}

CAF_TEST(a release overtakes a subscription that is refused late) {
  start();
  attach(0, "005930");
  open();
  pass(200ms);
  CAF_CHECK_EQUAL(requests(), "+005930");
  want(0, "000660");
  CAF_CHECK_EQUAL(requests(), "-005930");
  want(0, "035720"); // once more: one release is enough
  CAF_CHECK_EQUAL(requests(), "");
  reply("005930", "1", "OPSP0008");
  pass(200ms);
  CAF_CHECK_EQUAL(requests(), "+035720");
  reply("005930", "1", "OPSP0003");
  reply("035720", "0", "OPSP0000");
  CAF_CHECK(last_news(0).kind == subscription_news::on);
  CAF_CHECK(events("refused").empty());
}

CAF_TEST(a release that is taken back subscribes again when it is answered) {
  live({"005930"});
  requests();
  want(0, std::nullopt);
  want(0, "005930");
  CAF_CHECK_EQUAL(requests(), "-005930");
  reply("005930", "0", "OPSP0001");
  pass(200ms);
  CAF_CHECK_EQUAL(requests(), "+005930");
  reply("005930", "0", "OPSP0000");
  CAF_CHECK(last_news(0).kind == subscription_news::on);
}

CAF_TEST(what an operator pinned is registered after a reconnect) {
  live({"005930", "000660"});
  want(0, "035720");
  close();
  pass(2s);
  open();
  seen_requests = 0;
  pass(500ms);
  CAF_CHECK_EQUAL(requests(), "+035720 +000660");
}

CAF_TEST(PINGPONG is sent back as it came (F22)) {
  live({"005930"});
  auto ping
    = R"({"header":{"tr_id":"PINGPONG","datetime":"20260914100000"}})";
  receive({ping});
  CAF_CHECK_EQUAL(w().sent.back(), ping);
}

CAF_TEST(PINGPONG alone does not count as data (F15)) {
  live({"005930"});
  for (int i = 0; i < 6; ++i) {
    pass(10s);
    receive({R"({"header":{"tr_id":"PINGPONG","datetime":"x"}})"});
  }
  pass(2s);
  CAF_CHECK(w().closed);
  close();
  CAF_CHECK(last_news(0).why == cause::connected_but_silent);
}

CAF_TEST(the age of data is not that of a PINGPONG) {
  live({"005930"});
  receive({frame({record("005930")})});
  auto data_us = clock->us;
  pass(5s);
  receive({R"({"header":{"tr_id":"PINGPONG","datetime":"x"}})"});
  auto view = memory->board->connection.view();
  CAF_CHECK_EQUAL(view.last_frame_us.value_or(0), data_us);
  CAF_CHECK_EQUAL(view.last_heard_us.value_or(0), clock->us);
}

CAF_TEST(a busy session that goes silent is named and shown with its rate) {
  live({"005930"});
  CAF_CHECK_EQUAL(memory->board->connection.view().data_silence_us,
                  60 * us_per_second);
  for (int i = 0; i < 30; ++i) {
    pass(1s);
    for (int n = 0; n < 10; ++n)
      receive({frame({record("005930"), record("005930")})});
  }
  CAF_CHECK(!memory->board->connection.view().silence);
  pass(6s);
  auto told = events("silent");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK(told[0]["detail"].get<std::string>().starts_with(
    "no data for 4 s after 20 records a second"));
  auto shown = memory->board->connection.view().silence;
  CAF_REQUIRE(shown.has_value());
  CAF_CHECK_EQUAL(shown->per_s_before, 20.0);
  receive({frame({record("005930")})});
  pass(1s);
  CAF_CHECK(!memory->board->connection.view().silence);
}

CAF_TEST(a silence ends with the trading day) {
  live({"005930"});
  for (int i = 0; i < 30; ++i) {
    pass(1s);
    for (int n = 0; n < 10; ++n)
      receive({frame({record("005930")})});
  }
  pass(6s);
  CAF_CHECK(memory->board->connection.view().silence.has_value());
  auto night = parse_timestamp("2026-09-14T21:00:00.000000+09:00").value();
  clock->us = night;
  pass(2s);
  CAF_CHECK(!memory->board->connection.view().silence);
}

CAF_TEST(a rejected frame is shown as it came) {
  live({"005930"});
  receive({frame({record("000660")}), "nonsense"});
  auto shown = memory->board->rejects.newest(9);
  CAF_REQUIRE_EQUAL(shown.size(), 2u);
  CAF_CHECK(shown[0].reason != reject_reason::not_subscribed);
  CAF_CHECK_EQUAL(shown[0].raw, "nonsense");
  CAF_CHECK(shown[1].reason == reject_reason::not_subscribed);
  CAF_CHECK_EQUAL(shown[1].symbol, "000660");
  CAF_CHECK_EQUAL(shown[1].tr_id, "H0STCNT0");
  CAF_CHECK_EQUAL(shown[1].slot, -1);
  CAF_CHECK(shown[1].raw.starts_with("000660^"));
}

CAF_TEST(a quiet night does not reconnect (F24)) {
  clock->us = parse_timestamp("2026-09-14T21:00:00.000000+09:00").value();
  live({"005930"});
  for (int i = 0; i < 60; ++i) {
    pass(10s);
    receive({R"({"header":{"tr_id":"PINGPONG","datetime":"x"}})"});
  }
  CAF_CHECK(!w().closed);
}

CAF_TEST(data without PINGPONG is healthy (F23)) {
  live({"005930"});
  for (int i = 0; i < 30; ++i) {
    pass(10s);
    receive({frame({record("005930")})});
  }
  CAF_CHECK(!w().closed);
  CAF_CHECK_EQUAL(net->wires.size(), 1u);
}

CAF_TEST(a socket without a byte is abandoned (F25)) {
  live({"005930"});
  pass(47s);
  // What waits in it is read first; it ends although nothing answers.
  CAF_CHECK(net->wires[0]->closed && !net->wires[0]->abandoned);
  pass(8s);
  CAF_CHECK(net->wires[0]->abandoned);
  CAF_CHECK(net->wires.size() >= 2u);
}

CAF_TEST(a time in which we did not run ourselves is no silence) {
  live({"005930"});
  pass(5s);
  auto wires = net->wires.size();
  clock->sleep(600 * us_per_second); // suspended, and awake again
  pass(2s);
  CAF_CHECK_EQUAL(w().probes, 1);
  CAF_CHECK(last_news(0).kind == subscription_news::quiet);
  CAF_CHECK(last_news(0).why == cause::daemon_down);
  CAF_CHECK_EQUAL(net->wires.size(), wires);
  auto events = memory->board->events.newest(100);
  auto is_pause = [](auto& e) { return e.event == "paused"; };
  CAF_CHECK_EQUAL(std::count_if(events.begin(), events.end(), is_pause), 1);
  auto is_end = [](auto& e) {
    return e.event == "disconnected" || e.event == "clock_stepped"
           || e.event == "silent";
  };
  CAF_CHECK_EQUAL(std::count_if(events.begin(), events.end(), is_end), 0);
}

CAF_TEST(a pause in the first second is told as any other) {
  start();
  clock->sleep(600 * us_per_second);
  pass(2s);
  auto events = memory->board->events.newest(100);
  auto is_pause = [](auto& e) { return e.event == "paused"; };
  CAF_CHECK_EQUAL(std::count_if(events.begin(), events.end(), is_pause), 1);
}

CAF_TEST(a time in which only the actors did not run is no silence either) {
  live({"005930"});
  pass(5s);
  auto wires = net->wires.size();
  clock->us += 600 * us_per_second; // another thread asked the clock
  pass(2s);
  CAF_CHECK_EQUAL(net->wires.size(), wires);
  auto events = memory->board->events.newest(100);
  auto is_pause = [](auto& e) { return e.event == "paused"; };
  CAF_CHECK_EQUAL(std::count_if(events.begin(), events.end(), is_pause), 1);
}

CAF_TEST(a record of the day before says nothing of our clock) {
  std::vector<std::string> symbols;
  for (int i = 0; i < 10; ++i)
    symbols.push_back(fmt::format("00000{}", i));
  live(symbols);
  auto old = [](const std::string& symbol) { // of Friday; today is a Monday
    auto r = record(symbol);
    r.replace(r.find("100000"), 6, "152959");
    size_t at = 0;
    for (int i = 0; i < 33; ++i)
      at = r.find('^', at) + 1;
    return r.replace(at, 1, "20260911");
  };
  for (auto& symbol : symbols) { // the first of each, before any of today
    pass(1s);
    receive({frame({old(symbol)})});
  }
  pass(1s);
  receive({frame({old("000000")})}); // and one late
  CAF_CHECK(events("clock_wrong").empty());
  for (int i = 0; i < 3; ++i) {
    pass(1s);
    receive({frame({old("000000")})});
  }
  CAF_CHECK_EQUAL(events("clock_wrong").size(), 1u);
}

CAF_TEST(records go to the slot of their own symbol) {
  live({"005930", "000660"});
  receive({frame({record("005930"), record("000660"), record("005930")}),
           frame({record("000660")})});
  CAF_CHECK_EQUAL(records_of(0), 2u);
  CAF_CHECK_EQUAL(records_of(1), 2u);
  CAF_CHECK_EQUAL(slots[0]->batches.size(), 1u);
}

CAF_TEST(what no slot claims is counted with its reason) {
  live({"005930"});
  receive({frame({record("000660")}), "not a frame", "{broken",
           "1|H0STCNI0|001|xxx"});
  auto& other = memory->counters->other;
  auto n = [&](reject_reason r) {
    return other.rejected[static_cast<size_t>(r)].value();
  };
  CAF_CHECK_EQUAL(n(reject_reason::not_subscribed), 1u);
  CAF_CHECK_EQUAL(n(reject_reason::not_a_frame), 1u);
  CAF_CHECK_EQUAL(n(reject_reason::garbage), 1u);
  CAF_CHECK_EQUAL(n(reject_reason::encrypted), 1u);
  CAF_CHECK_EQUAL(other.received.value(), 4u);
}

CAF_TEST(what is released is no stranger in its session) {
  live({"005930"});
  auto& strangers = memory->counters->strangers;
  receive({frame({record("000660"), record("000660")})});
  CAF_CHECK_EQUAL(strangers.value(), 2u);
  want(0, std::nullopt);
  reply("005930", "0", "OPSP0001");
  receive({frame({record("005930")})});
  CAF_CHECK_EQUAL(memory->counters->other.received.value(), 3u);
  CAF_CHECK_EQUAL(strangers.value(), 2u);
}

CAF_TEST(a flood of nothing is counted and thinned) {
  live({"005930"});
  constexpr uint64_t messages = 20'000;
  receive(std::vector<std::string>(messages, ""));
  pass(1100ms);
  CAF_CHECK_EQUAL(memory->counters->other.received.value(), messages);
  CAF_CHECK_EQUAL(memory->counters->other.rejected_total(), messages);
  auto lines = rejects();
  CAF_CHECK(lines.size() <= 1'001u);
  uint64_t told = 0;
  for (auto& line : lines)
    told += line["records"].get<uint64_t>();
  CAF_CHECK_EQUAL(told, messages);
  CAF_CHECK_EQUAL(events("quarantine").size(), 1u);
  // Another kind has lines of its own, and this one in the next minute.
  receive({"1|H0STCNI0|001|xxx"});
  CAF_CHECK_EQUAL(rejects().size(), lines.size() + 1);
  clock->us += 61 * us_per_second;
  receive({""});
  CAF_CHECK_EQUAL(rejects().size(), lines.size() + 2);
}

CAF_TEST(a flood of refusals is told as a number) {
  live({"005930"});
  std::vector<std::string> texts(
    5'000, R"({"header":{"tr_id":"H0STCNT0","tr_key":"999999"},)"
           R"("body":{"rt_cd":"9","msg_cd":"OPSP9991","msg1":"no"}})");
  receive(texts);
  CAF_CHECK_EQUAL(events("refused").size(), 100u);
  pass(61'000ms);
  auto told = events("refused");
  CAF_REQUIRE_EQUAL(told.size(), 101u);
  CAF_CHECK(told.back()["detail"].get<std::string>().starts_with("4900 more"));
}

CAF_TEST(what the broker says at length is short in the journal and the ring) {
  live({"005930"});
  receive({R"({"header":{"tr_id":"H0STCNT0","tr_key":"005930"},"body":)"
           R"({"rt_cd":"9","msg_cd":"OPSP8993","msg1":")"
           + std::string(60'000, 'x') + R"("}})"});
  receive({"0|" + std::string(3 << 20, 'T') + "|001|x",
           std::string(3 << 20, 'q')});
  close();
  for (auto& e : memory->board->events.newest(500))
    CAF_CHECK(e.detail.size() <= outside_words_bytes + outside_note_bytes);
  CAF_CHECK(last_news(0).text.size()
            <= outside_words_bytes + outside_note_bytes);
  for (auto& line : rejects()) {
    CAF_CHECK(line["detail"].get<std::string>().size()
              <= outside_words_bytes + outside_note_bytes);
    CAF_CHECK(line["tr_id"].get<std::string>().size()
              <= outside_value_bytes + outside_note_bytes);
    CAF_CHECK_EQUAL(line["raw"].get<std::string>().size(),
                    reject_raw_bytes_max);
    CAF_CHECK(line["raw_bytes"].get<uint64_t>() >= 3u << 20);
  }
}

CAF_TEST(a record without a symbol is rejected wherever it stands) {
  live({"005930"});
  auto& other = memory->counters->other;
  auto bad = [&] {
    return other.rejected[static_cast<size_t>(reject_reason::bad_symbol)]
      .value();
  };
  // Nothing before it: nobody's.
  receive({frame({record("")})});
  CAF_CHECK_EQUAL(bad(), 1u);
  // Nor is what stands before it somebody's.
  receive({frame({record("000660"), record("")})});
  CAF_CHECK_EQUAL(bad(), 2u);
  receive({frame({record(""), record("005930")})});
  CAF_CHECK_EQUAL(bad(), 3u);
  CAF_CHECK_EQUAL(records_of(0), 1u);
  // Behind a slot's record it is that slot's to reject.
  receive({frame({record("005930"), record("")})});
  CAF_CHECK_EQUAL(bad(), 3u);
  CAF_CHECK_EQUAL(records_of(0), 3u);
}

CAF_TEST(a frame at which the connection fails costs that frame alone) {
  live({"005930"});
  auto b = std::make_shared<frame_batch>();
  b->attempt = w().attempt;
  b->number = ++batch_number;
  auto text = frame({record("005930")});
  b->bytes = text + text;
  auto size = static_cast<uint32_t>(text.size());
  b->frames = {{0, size, clock->us},
               {UINT32_MAX, size, clock->us}, // cannot even be looked at
               {size, size, clock->us}};
  caf::anon_send(conn, frame_batch_ptr{b});
  sched.run();
  CAF_CHECK(!ended);
  CAF_CHECK(!w().abandoned);
  CAF_CHECK_EQUAL(w().consumed, batch_number);
  CAF_CHECK_EQUAL(records_of(0), 2u);
  auto& other = memory->counters->other;
  auto reason = static_cast<size_t>(reject_reason::crashed);
  CAF_CHECK_EQUAL(other.rejected[reason].value(), 1u);
  CAF_CHECK_EQUAL(other.received.value(), 1u);
  CAF_CHECK(last_news(0).kind == subscription_news::quiet);
  CAF_CHECK(last_news(0).why == cause::parse_rejected);
}

CAF_TEST(a slot that restarted is given what it had not finished) {
  live({"005930"});
  receive({frame({record("005930")})});
  receive({frame({record("005930"), record("005930")})});
  memory->lanes[0]->done = 1; // its word before it died
  caf::anon_send_exit(slot_handles[0], caf::exit_reason::kill);
  sched.run();
  receive({frame({record("005930")})}); // while nobody is there
  attach(0, "005930");
  CAF_CHECK_EQUAL(records_of(0), 3u);
  CAF_CHECK_EQUAL(slots[0]->batches.front()->number, 2u);
}

CAF_TEST(past the bound records are shed and counted and the next one says so) {
  config.hold_max = 0ms;
  live({"005930"});
  memory->budget->take_always(1 << 20);
  receive({frame({record("005930"), record("005930")})});
  CAF_CHECK_EQUAL(memory->counters->slots[0].shed.value(), 2u);
  memory->budget->give(1 << 20);
  receive({frame({record("005930")})});
  CAF_REQUIRE_EQUAL(slots[0]->batches.size(), 1u);
  CAF_CHECK_EQUAL(slots[0]->batches[0]->shed_before, 2u);
  CAF_CHECK_EQUAL(memory->counters->slots[0].received.value(), 3u);
}

CAF_TEST(records shed with none after them are told of at the end) {
  config.hold_max = 0ms;
  live({"005930"});
  memory->budget->take_always(1 << 20);
  receive({frame({record("005930"), record("005930")})});
  CAF_CHECK(events("gap").empty());
  caf::anon_send_exit(conn, caf::exit_reason::user_shutdown);
  sched.run();
  close();
  auto told = events("gap");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0]["cause"], "shed_by_bound");
  CAF_CHECK_EQUAL(told[0]["symbol"], "005930");
  CAF_CHECK_EQUAL(told[0]["records"], 2);
  CAF_CHECK(!told[0].contains("tick_seq"));
}

CAF_TEST(shares of another symbol are not held against the next one) {
  config.hold_max = 0ms;
  live({"005930"});
  memory->lanes[0]->shed_pending = 2;
  memory->lanes[0]->shed_why = cause::disk_full;
  memory->lanes[0]->shed_what = registration{kis::tr::h0stcnt0, "000660"};
  receive({frame({record("005930")})});
  CAF_REQUIRE_EQUAL(slots[0]->batches.size(), 1u);
  CAF_CHECK_EQUAL(slots[0]->batches[0]->shed_before, 0u);
  auto told = events("gap");
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  CAF_CHECK_EQUAL(told[0]["cause"], "disk_full");
  CAF_CHECK_EQUAL(told[0]["symbol"], "000660");
}

CAF_TEST(an operator need not wait for a backoff) {
  live({"005930"});
  close();
  CAF_CHECK_EQUAL(net->wires.size(), 1u);
  caf::anon_send(conn, reconnect{"a test"});
  sched.run();
  CAF_CHECK_EQUAL(net->wires.size(), 2u);
  // The backoff that was under way starts no second one.
  open();
  pass(5s);
  CAF_CHECK_EQUAL(net->wires.size(), 2u);
}

CAF_TEST(a burst waits in the network while the writers catch up) {
  live({"005930"});
  memory->budget->take_always((1 << 20) * 3 / 4);
  receive({frame({record("005930")})});
  auto number = batch_number;
  CAF_CHECK(w().consumed < number);
  pass(500ms);
  CAF_CHECK(w().consumed < number);
  memory->budget->give((1 << 20) * 3 / 4);
  pass(20ms);
  CAF_CHECK_EQUAL(w().consumed, number);
}

CAF_TEST(four MiB are read ahead of the writers whatever the budget) {
  memory->budget = std::make_shared<byte_budget>(64 << 20);
  live({"005930"});
  memory->budget->take_always(5 << 20);
  receive({frame({record("005930")})});
  auto number = batch_number;
  CAF_CHECK(w().consumed < number);
  memory->budget->give(2 << 20);
  pass(20ms);
  CAF_CHECK_EQUAL(w().consumed, number);
}

CAF_TEST(a disk that stalls does not stop the reading for good) {
  live({"005930"});
  memory->budget->take_always((1 << 20) * 3 / 4);
  receive({frame({record("005930")})});
  pass(2100ms);
  CAF_CHECK_EQUAL(w().consumed, batch_number);
}

CAF_TEST(a stop releases every registration and then closes (F17)) {
  live({"005930", "000660"});
  caf::anon_send_exit(conn, caf::exit_reason::user_shutdown);
  sched.run();
  CAF_REQUIRE_EQUAL(w().sent.size(), 4u);
  CAF_CHECK(w().sent[2].find("\"tr_type\":\"2\"") != std::string::npos);
  CAF_CHECK(!w().closed);
  reply("005930", "0", "OPSP0001");
  CAF_CHECK(!w().closed);
  receive({frame({record("000660")})}); // still recorded
  CAF_CHECK_EQUAL(records_of(1), 1u);
  reply("000660", "0", "OPSP0001");
  CAF_CHECK(w().closed);
}

CAF_TEST(a stop without replies closes all the same) {
  live({"005930"});
  caf::anon_send_exit(conn, caf::exit_reason::user_shutdown);
  sched.run();
  pass(1600ms);
  CAF_CHECK(w().closed);
}

// -- orders -------------------------------------------------------------------

CAF_TEST(an order to reconnect ends the session and begins another) {
  live({"005930"});
  caf::anon_send(conn, reconnect{"an operator asked"});
  sched.run();
  CAF_CHECK(w().closed);
  CAF_REQUIRE_EQUAL(events("reconnect").size(), 1u);
  auto ordered = events("reconnect")[0];
  CAF_CHECK_EQUAL(ordered["detail"], "an operator asked");
  close(socket_end::closed_by_us);
  auto ended = events("disconnected");
  CAF_REQUIRE_EQUAL(ended.size(), 1u);
  CAF_CHECK_EQUAL(ended[0]["detail"], "an operator asked");
  CAF_CHECK_EQUAL(ended[0]["cause"], "disconnected");
  pass(1500ms);
  CAF_REQUIRE_EQUAL(net->wires.size(), 2u);
  open();
  pass(200ms);
  CAF_CHECK_EQUAL(w().sent.size(), 1u);
  auto begun = events("connected");
  CAF_REQUIRE_EQUAL(begun.size(), 2u);
  CAF_CHECK_EQUAL(begun[1]["session_id"], "run-s2");
  CAF_CHECK_EQUAL(memory->counters->disconnects.value(), 1u);
}

CAF_TEST(an order to reconnect begins no second attempt while one waits) {
  live({"005930"});
  close();
  caf::anon_send(conn, reconnect{"again"});
  caf::anon_send(conn, reconnect{"and again"});
  sched.run();
  pass(1500ms);
  CAF_CHECK_EQUAL(net->wires.size(), 2u);
  pass(5s);
  CAF_CHECK_EQUAL(net->wires.size(), 2u);
  CAF_CHECK_EQUAL(events("reconnect").size(), 2u);
}

CAF_TEST(an order to reconnect while connecting gives up that attempt) {
  start();
  caf::anon_send(conn, reconnect{"again"});
  sched.run();
  close(socket_end::closed_by_us);
  pass(1500ms);
  CAF_REQUIRE_EQUAL(net->wires.size(), 2u);
  open();
  auto view = memory->board->connection.view();
  CAF_CHECK_EQUAL(view.phase, "open");
}

CAF_TEST(what an operator did is an event of the session) {
  live({"005930"});
  caf::anon_send(conn, operator_note{"kim: rotate scalp \"\xFF\n"});
  sched.run();
  auto noted = events("operator");
  CAF_REQUIRE_EQUAL(noted.size(), 1u);
  auto detail = noted[0]["detail"].get<std::string>();
  CAF_CHECK(detail.starts_with("kim: rotate scalp"));
  CAF_CHECK_EQUAL(noted[0]["slot"], -1);
  CAF_CHECK_EQUAL(noted[0]["session_id"], "run-s1");
  auto shown = memory->board->events.newest(1);
  CAF_REQUIRE_EQUAL(shown.size(), 1u);
  CAF_CHECK_EQUAL(shown[0].event, "operator");
  CAF_CHECK_EQUAL(shown[0].slot, -1);
}

CAF_TEST(the board shows where the connection stands) {
  start();
  auto before = memory->board->connection.view();
  CAF_CHECK_EQUAL(before.phase, "connecting");
  CAF_CHECK(!before.last_frame_us);
  attach(0, "005930");
  open();
  reply("005930", "0", "OPSP0000");
  receive({frame({record("005930")})});
  auto opened = memory->board->connection.view();
  CAF_CHECK_EQUAL(opened.phase, "open");
  CAF_CHECK_EQUAL(opened.session_id, "run-s1");
  CAF_CHECK_EQUAL(opened.url, "ws://broker");
  CAF_CHECK_EQUAL(opened.last_frame_us.value_or(0), clock->us);
  CAF_CHECK(opened.last_cause == cause::none);
  close();
  auto ended = memory->board->connection.view();
  CAF_CHECK_EQUAL(ended.phase, "waiting");
  CAF_CHECK(ended.last_cause == cause::disconnected);
  CAF_CHECK_EQUAL(ended.last_text, "closed");
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
