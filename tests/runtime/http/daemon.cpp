#define CAF_SUITE runtime_http_daemon
#include "runtime/daemon/daemon.hpp"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "client.hpp"
#include "runtime/settings/load.hpp"
#include "runtime/simulate/server.hpp"
#include "support/temporary_directory.hpp"
#include "test.hpp"

namespace CAF_SUITE {

// A whole morning as its operators see it: through the daemon's own HTTP
// service, over real sockets.

using namespace observer;
using namespace observer::http_test;
using nlohmann::json;

namespace {

constexpr const char* app_key = "canary-appkey-71d0";
constexpr const char* app_secret = "canary-appsecret-83aa";

/// One that nobody listens on now.
uint16_t free_port() {
  auto fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(at);
  ::bind(fd, reinterpret_cast<sockaddr*>(&at), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
  ::close(fd);
  return ntohs(at.sin_port);
}

struct fixture {
  fixture() {
    market.rest_port = 0;
    market.ws_port = 0;
    market.seed = 20260914;
    market.quiet = true;
    market.appkeys = {app_key};
    market.appsecrets = {app_secret};
    market.rate = 5'000;
    market.burst_factor = 1;
    market.wait_symbols = 5;
  }
  void start(bool chaos) {
    CAF_REQUIRE(!exchange.start(market));
    std::string list;
    for (auto& s : simulate::default_symbols(5))
      list += (list.empty() ? "" : ",") + s;
    config_sources sources;
    sources.environment = {{"KIS_APP_KEY", app_key},
                           {"KIS_APP_SECRET", app_secret}};
    sources.flags = {{"kis.base_url", exchange.rest_url()},
                     {"kis.websocket_url", exchange.websocket_url()},
                     {"data.dir", folder / "data"},
                     {"feed.symbols", list},
                     {"feed.subscribe_spacing_ms", "10"},
                     {"service.port", std::to_string(free_port())},
                     {"track_b.debug", "true"}};
    auto c = load_config(sources);
    if (!c)
      CAF_FAIL(c.error().text);
    auto d = observer::daemon::start(*c, chaos);
    if (!d)
      CAF_FAIL(d.error().text);
    recorder = std::move(d).value();
    CAF_REQUIRE(eventually([&] { return recorder->http_port() != 0; }));
    port = recorder->http_port();
  }
  json get(const std::string& path) {
    return json::parse(ask(port, "GET", path).body, nullptr, false);
  }
  reply act(const std::string& action, const std::string& target) {
    auto session = get("/api/session");
    return ask(port, "POST", "/api/actions",
               {{"Content-Type", "application/json"},
                {"X-Observer-Token", session["token"].get<std::string>()}},
               json{{"action", action},
                    {"target", target},
                    {"who", "kim"},
                    {"confirm", true}}
                 .dump());
  }
  bool is_recording() {
    auto r = ask(port, "GET", "/ready");
    auto j = json::parse(r.body, nullptr, false);
    return r.status == 200 && j.is_object() && j["ready"] == true
           && j["state"] == "recording";
  }
  uint64_t persisted() {
    return sum(recorder->counters()).persisted;
  }

  test::temporary_directory folder;
  simulate_options market;
  simulated_exchange exchange;
  std::unique_ptr<observer::daemon> recorder;
  uint16_t port = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(http_daemon_tests, fixture)

CAF_TEST(a writer that crashes on order is restarted and nothing is lost) {
  market.total = 30'000;
  start(true);
  CAF_CHECK(eventually([&] { return is_recording(); }));
  CAF_CHECK(eventually([&] { return persisted() > 1'000; }));

  auto ordered_at = std::chrono::steady_clock::now();
  auto ordered = act("crash_writer", "scalp");
  CAF_CHECK_EQUAL(ordered.status, 202);
  auto restarted = [&] {
    auto s = get("/status");
    for (auto& r : s["restarts"])
      if (r["actor"] == "persistence/scalp_writer"
          && r["reason"] == "a crash that an operator injected")
        return true;
    return false;
  };
  CAF_CHECK(eventually(restarted));
  CAF_CHECK(std::chrono::steady_clock::now() - ordered_at < 3s);
  auto noted = [&] {
    auto e = get("/api/events?limit=500");
    for (auto& x : e["events"])
      if (x["event"] == "operator"
          && x["detail"].get<std::string>().starts_with("kim from 127.0.0.1"))
        return true;
    return false;
  };
  CAF_CHECK(eventually(noted));
  auto before = persisted();
  CAF_CHECK(eventually([&] { return persisted() > before + 1'000; }));
  CAF_CHECK(eventually([&] { return is_recording(); }));

  CAF_CHECK(eventually([&] { return persisted() >= market.total; }, 100s));
  auto l = get("/status")["ledger"];
  auto t = sum(recorder->counters());
  CAF_CHECK_EQUAL(l["received"].get<uint64_t>(), t.received);
  CAF_CHECK_EQUAL(l["persisted"].get<uint64_t>(), t.persisted);
  CAF_CHECK_EQUAL(l["rejected"].get<uint64_t>(), t.rejected);
  CAF_CHECK_EQUAL(l["shed"].get<uint64_t>(), t.shed);
  CAF_CHECK_EQUAL(l["in_flight"].get<uint64_t>(), t.in_flight);
  auto s = get("/status");
  CAF_REQUIRE_EQUAL(s["sessions"].size(), 1u);
  uint64_t of_slots = 0;
  for (auto& slot : s["sessions"][0]["slots"])
    of_slots += slot["persisted"].get<uint64_t>();
  CAF_CHECK_EQUAL(of_slots, t.persisted);
  auto mailbox_known = false;
  for (auto& a : s["actors"])
    if (a["name"] == "persistence/scalp_writer") {
      CAF_CHECK_EQUAL(a["starts"], 2);
      CAF_CHECK_EQUAL(a["restarts"], 1);
      CAF_CHECK(a["handled"].get<uint64_t>() > 0);
      mailbox_known = true;
    }
  CAF_CHECK(mailbox_known);

  CAF_CHECK(recorder->stop());
  auto end = sum(recorder->counters());
  CAF_CHECK_EQUAL(end.received, market.total);
  CAF_CHECK_EQUAL(end.persisted, market.total);
  CAF_CHECK_EQUAL(end.in_flight, 0u);
  CAF_CHECK_EQUAL(exchange.records_sent(), market.total);
  CAF_CHECK_EQUAL(recorder->http_port(), 0);
}

CAF_TEST(an exchange that goes away is said with its cause) {
  start(false);
  CAF_CHECK(eventually([&] { return is_recording(); }));
  exchange.stop();
  reply last;
  CAF_CHECK(eventually([&] {
    last = ask(port, "GET", "/ready");
    return last.status == 503;
  }));
  auto j = json::parse(last.body);
  CAF_CHECK_EQUAL(j["ready"], false);
  CAF_CHECK_EQUAL(j["state"], "not_recording");
  CAF_CHECK(j["cause"] == "disconnected" || j["cause"] == "rest_down");
  CAF_CHECK(!j["text"].get<std::string>().empty());
  CAF_CHECK_EQUAL(ask(port, "GET", "/health").status, 200);
  CAF_CHECK(recorder->stop());
}

CAF_TEST(no answer holds a secret of the broker) {
  start(false);
  CAF_CHECK(eventually([&] { return is_recording(); }));
  act("rotate", "scalp");
  act("explode", "scalp");
  for (auto path :
       {"/health", "/ready", "/status", "/metrics", "/api/history",
        "/api/slots/0", "/api/events", "/api/files", "/api/session", "/", "/x",
        "/api/actions"}) {
    auto r = ask(port, "GET", path);
    for (auto text : {app_key, app_secret, "approval_key"})
      if (r.body.find(text) != std::string::npos)
        CAF_ERROR(path << " holds " << text);
  }
  client c{port};
  c.send(request("GET", "/api/stream"));
  CAF_CHECK(c.sees("event: status\n"));
  while (c.rest().find("\n\n") == std::string::npos)
    CAF_REQUIRE(c.receive());
  CAF_CHECK(c.rest().find(app_key) == std::string::npos);
  CAF_CHECK(c.rest().find(app_secret) == std::string::npos);
  CAF_CHECK(recorder->stop());
}

CAF_TEST(orders over HTTP reach the actors that they are for) {
  start(false);
  CAF_CHECK(eventually([&] { return is_recording(); }));
  CAF_CHECK_EQUAL(act("reconnect", "session 1").status, 202);
  CAF_CHECK(eventually([&] {
    return recorder->counters().connects.value() == 2 && is_recording();
  }));
  CAF_CHECK_EQUAL(act("restart_actor", "feed/slot_3").status, 202);
  auto starts_of = [&](const std::string& name) {
    auto s = get("/status");
    for (auto& a : s["actors"])
      if (a["name"] == name)
        return a["starts"].get<int>();
    return 0;
  };
  CAF_CHECK(eventually([&] { return starts_of("feed/slot_3") == 2; }));
  // There must be a file to go on from.
  CAF_CHECK(eventually([&] { return persisted() > 100; }));
  CAF_CHECK_EQUAL(act("rotate", "scalp").status, 202);
  CAF_CHECK(eventually([&] {
    for (auto& entry :
         std::filesystem::directory_iterator{folder / "data/scalp"})
      if (entry.path().filename().string().find(".1.jsonl")
          != std::string::npos)
        return true;
    return false;
  }));
  CAF_CHECK_EQUAL(act("restart_actor", "persistence").status, 202);
  CAF_CHECK(eventually([&] { return starts_of("persistence") == 2; }));
  CAF_CHECK(eventually([&] { return is_recording(); }));
  CAF_CHECK_EQUAL(act("crash_writer", "scalp").status, 400);
  exchange.stop();
  CAF_CHECK(recorder->stop());
  auto t = sum(recorder->counters());
  CAF_CHECK_EQUAL(t.in_flight, 0u);
  CAF_CHECK_EQUAL(t.received, t.persisted + t.rejected + t.shed);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
