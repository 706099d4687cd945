#define CAF_SUITE runtime_http_routes
#include "runtime/http/routes.hpp"

#include <atomic>
#include <optional>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "actors/feed/lane.hpp"
#include "client.hpp"
#include "gunzip.hpp"
#include "messages/korean_time.hpp"
#include "messages/redact.hpp"
#include "runtime/console/assets.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_disks.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::http_test;
using nlohmann::json;

namespace {

/// Everything that can be read.
constexpr const char* paths[]
  = {"/health",      "/ready",      "/status",      "/metrics",
     "/api/history", "/api/events", "/api/rejects", "/api/files",
     "/api/session", "/api/slots/0", "/api/slots/40"};
constexpr const char* canary = "canary-token-5e1f";

/// The routes of a session that nobody runs, behind a real server.
/// Read by the inspector's thread and the service's: it does not move.
struct still_clock : wall_clock {
  int64_t now_us() const override {
    return us;
  }
  int64_t steady_us() const override {
    return us;
  }
  std::atomic<int64_t> us{0};
};

struct fixture {
  fixture() {
    level = spdlog::get_level();
    clock->us = parse_timestamp("2026-09-14T10:00:00.000000+09:00").value();
  }
  ~fixture() {
    server.reset();
    pages.reset();
    spdlog::set_level(level);
  }
  void start() {
    inspected what;
    what.memory = memory;
    what.actors = board;
    what.clock = clock;
    what.syncs = std::make_shared<latency_histogram>();
    what.files = std::make_shared<posix_file_system>(what.syncs);
    what.data_dir = folder.path();
    pages.emplace(config, std::make_shared<inspector>(what), files);
    http_server_config h;
    h.port = 0;
    h.stream_interval = 10ms;
    server.emplace(
      h, [this](const http_call& call) { return pages->answer(call); },
      [this] { return pages->next_event(); });
    CAF_REQUIRE(server->wait_until_listening(20s));
    port = server->port();
  }

  reply get(const std::string& path, header_list headers = {}) {
    return ask(port, "GET", path, std::move(headers));
  }
  int from_host(const std::string& host) {
    auto r = get("/status", {{"Host", host}});
    return r.status;
  }
  std::string token() {
    auto r = get("/api/session", with_bearer({}));
    auto session = json::parse(r.body);
    return session["token"].is_string() ? session["token"].get<std::string>()
                                        : "";
  }
  header_list with_bearer(header_list headers) {
    if (!config.token.empty())
      headers["Authorization"] = "Bearer " + std::string{config.token.reveal()};
    return headers;
  }
  /// A good order, with these headers and this body in place of the good ones.
  reply act(const std::string& body, header_list headers = {}) {
    headers.insert({"Content-Type", "application/json"});
    headers.insert({"X-Observer-Token", token()});
    return ask(port, "POST", "/api/actions", with_bearer(std::move(headers)),
               body);
  }
  static std::string order(const std::string& action,
                           const std::string& target = "",
                           const std::string& value = "") {
    return json{{"action", action},
                {"target", target},
                {"value", value},
                {"who", "kim"},
                {"confirm", true}}
      .dump();
  }
  static std::string error_of(const reply& r) {
    auto j = json::parse(r.body, nullptr, false);
    return j.is_object() && j.contains("error") ? j["error"].get<std::string>()
                                                : "";
  }

  test::temporary_directory folder;
  std::shared_ptr<still_clock> clock = std::make_shared<still_clock>();
  std::shared_ptr<session_memory> memory
    = std::make_shared<session_memory>("run", 1'000'000);
  std::shared_ptr<actor_board> board = std::make_shared<actor_board>();
  routes_config config{"127.0.0.1", {}, false};
  std::span<const console_asset> files = console_assets();
  std::optional<routes> pages;
  std::optional<http_server> server;
  uint16_t port = 0;
  spdlog::level::level_enum level;
};

const std::string good = fixture::order("log_level", "", "warn");

} // namespace

CAF_TEST_FIXTURE_SCOPE(routes_tests, fixture)

// -- reading ------------------------------------------------------------------

CAF_TEST(every path answers in its type) {
  start();
  for (std::string path : paths) {
    auto r = get(path);
    CAF_CHECK_EQUAL(r.status, path == "/ready" ? 503 : 200);
    auto type = r.header("content-type");
    if (path == "/health" || path == "/metrics")
      CAF_CHECK(type.starts_with("text/plain"));
    else
      CAF_CHECK_EQUAL(type, "application/json");
    if (type == "application/json")
      CAF_CHECK(json::parse(r.body, nullptr, false).is_object());
    CAF_CHECK_EQUAL(missing_headers(r), "");
  }
  CAF_CHECK_EQUAL(get("/health").body, "alive\n");
}

CAF_TEST(HEAD of every path is its answer without the body) {
  start();
  for (std::string path : paths) {
    auto r = ask(port, "HEAD", path);
    CAF_CHECK_EQUAL(r.status, path == "/ready" ? 503 : 200);
    CAF_CHECK(!r.header("content-length").empty());
  }
}

CAF_TEST(paths are read and not written) {
  start();
  for (auto path : paths)
    for (auto method : {"POST", "PUT", "DELETE", "TRACE", "BREW"}) {
      auto r = ask(port, method, path, {}, "{}");
      CAF_CHECK_EQUAL(r.status, 405);
      CAF_CHECK_EQUAL(r.header("allow"), "GET, HEAD, OPTIONS");
      CAF_CHECK_EQUAL(missing_headers(r), "");
      CAF_CHECK(!error_of(r).empty());
    }
}

CAF_TEST(OPTIONS says what may be done at a path) {
  start();
  auto allowed = [&](const std::string& target) {
    auto r = ask(port, "OPTIONS", target);
    CAF_CHECK_EQUAL(missing_headers(r), "");
    CAF_CHECK(r.header("content-type").empty());
    return std::to_string(r.status) + " " + r.header("allow");
  };
  for (std::string path : paths)
    CAF_CHECK_EQUAL(allowed(path), "204 GET, HEAD, OPTIONS");
  CAF_CHECK_EQUAL(allowed("/"), "204 GET, HEAD, OPTIONS");
  CAF_CHECK_EQUAL(allowed("/api/actions"), "204 POST, OPTIONS");
  CAF_CHECK_EQUAL(allowed("*"), "204 GET, HEAD, POST, OPTIONS");
  CAF_CHECK_EQUAL(ask(port, "OPTIONS", "/nothing").status, 404);
  // No page elsewhere may send an order with a header of ours.
  auto r = ask(port, "OPTIONS", "/api/actions",
               {{"Origin", "http://evil.example"},
                {"Access-Control-Request-Method", "POST"}});
  CAF_CHECK_EQUAL(missing_headers(r), "");
}

CAF_TEST(what stands behind a path changes nothing) {
  start();
  for (std::string query : {"?", "?a=b", "?/../x", "?a=%00&%"})
    for (std::string path : {"/health", "/", "/status"}) {
      auto r = get(path + query, {{"Accept-Encoding", "br, deflate, *;q=0"}});
      CAF_CHECK_EQUAL(r.status, 200);
      CAF_CHECK(r.header("content-encoding").empty());
    }
}

CAF_TEST(what is long is gzip for who likes it) {
  start();
  for (auto path : {"/status", "/metrics", "/api/history"}) {
    auto r = get(path, {{"Accept-Encoding", "gzip, deflate"}});
    CAF_CHECK_EQUAL(r.header("content-encoding"), "gzip");
    auto text = gunzip{}.take(r.body);
    CAF_CHECK(r.body.size() * 3 < text.size());
    CAF_CHECK_EQUAL(text.substr(0, 8), get(path).body.substr(0, 8));
  }
}

CAF_TEST(there is nothing elsewhere and outside) {
  start();
  for (std::string target :
       {"/nothing", "/api", "/api/", "/api/slots", "/api/slots/",
        "/api/slots/41", "/api/slots/-1", "/api/slots/1x", "/api/slots/0/",
        "/api/slots/99999999999999999999", "/status/", "//status", "/STATUS",
        "/../etc/passwd", "/../../../../etc/passwd", "/./status",
        "/api/../status", "/assets/../../etc/passwd", "/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd", "/%2e%2e%2fetc%2fpasswd", "/\\..\\etc",
        "/status%00", "/status%0d%0aX-Evil:1", "/index.html/../../config",
        "/scalp/20260914_10.jsonl", "/api/slots/../../etc/passwd", "*",
        "etc/passwd", "http://127.0.0.1/etc/passwd", "file:///etc/passwd"}) {
    auto r = get(target);
    if (r.status != 404)
      CAF_ERROR(target << " is answered " << r.status);
    CAF_CHECK_EQUAL(missing_headers(r), "");
    CAF_CHECK(r.body.find("root:") == std::string::npos);
    CAF_CHECK(r.header("x-evil").empty());
  }
}

CAF_TEST(events are as many as asked for and no more than there are) {
  for (int i = 0; i < 600; ++i)
    memory->board->events.add({.event = "test"}, -1, i);
  start();
  auto count = [&](const std::string& query) {
    auto r = get("/api/events" + query);
    return json::parse(r.body)["events"].size();
  };
  CAF_CHECK_EQUAL(count(""), 500u);
  CAF_CHECK_EQUAL(count("?limit=7"), 7u);
  CAF_CHECK_EQUAL(count("?limit=0"), 0u);
  CAF_CHECK_EQUAL(count("?limit=100000"), 500u);
  CAF_CHECK_EQUAL(count("?limit=-1"), 500u);
  CAF_CHECK_EQUAL(count("?limit=99999999999999999999999"), 500u);
  CAF_CHECK_EQUAL(count("?limit=x&limit=3"), 500u);
  auto newest = json::parse(get("/api/events?limit=1").body);
  CAF_CHECK_EQUAL(newest["events"][0]["at_us"], 599);
}

CAF_TEST(the history is of the range that is asked for) {
  start();
  auto step = [&](const std::string& query) {
    return json::parse(get("/api/history" + query).body)["step_s"];
  };
  CAF_CHECK_EQUAL(step(""), 1);
  CAF_CHECK_EQUAL(step("?range="), 1);
  CAF_CHECK_EQUAL(step("?range=10m"), 1);
  CAF_CHECK_EQUAL(step("?range=1h"), 10);
  CAF_CHECK_EQUAL(step("?range=day"), 60);
  for (std::string range : {"1d", "10M", "-1", "day%00", "10m1h", "3600"}) {
    auto r = get("/api/history?range=" + range);
    CAF_CHECK_EQUAL(r.status, 400);
    CAF_CHECK_EQUAL(error_of(r),
                    "there is no range " + range + ": 10m, 1h or day");
  }
  auto big = get("/api/history?range=" + std::string(8'000, 'x'));
  CAF_CHECK_EQUAL(big.status, 400);
  CAF_CHECK(big.body.size() < 200);
}

CAF_TEST(rejects are as many as asked for and a limit is a number) {
  start();
  for (std::string query : {"", "?limit=", "?limit=0", "?limit=20",
                            "?limit=18446744073709551615"}) {
    auto r = get("/api/rejects" + query);
    CAF_CHECK_EQUAL(r.status, 200);
    CAF_CHECK(json::parse(r.body)["rejects"].is_array());
  }
  for (std::string limit :
       {"x", "-1", "1x", "%31", "99999999999999999999999"}) {
    auto r = get("/api/rejects?limit=" + limit);
    CAF_CHECK_EQUAL(r.status, 400);
    CAF_CHECK(error_of(r).find("limit=" + limit + " is no count")
              != std::string::npos);
  }
}

CAF_TEST(the stream says what the status says) {
  start();
  client c{port};
  c.send(request("GET", "/api/stream"));
  auto head = c.answer();
  CAF_CHECK_EQUAL(head.status, 200);
  CAF_CHECK_EQUAL(head.header("content-type"), "text/event-stream");
  CAF_CHECK(c.sees("event: status\ndata: "));
  while (c.rest().find("\n\n") == std::string::npos)
    CAF_REQUIRE(c.receive());
  auto event = json::parse(c.rest().substr(0, c.rest().find("\n\n")), nullptr,
                           false);
  CAF_CHECK(event.is_object());
  CAF_CHECK_EQUAL(event["run_id"], "run");
}

CAF_TEST(the changes of the stream make the next status of the one before) {
  start();
  client c{port};
  c.send(request("GET", "/api/stream?changes=1"));
  CAF_CHECK_EQUAL(c.answer().status, 200);
  auto next = [&](const std::string& name) {
    CAF_REQUIRE(c.sees("event: " + name + "\ndata: "));
    while (c.rest().find("\n\n") == std::string::npos)
      CAF_REQUIRE(c.receive());
    return json::parse(c.rest().substr(0, c.rest().find("\n\n")));
  };
  auto whole = next("status");
  CAF_CHECK_EQUAL(whole["run_id"], "run");
  CAF_CHECK_EQUAL(whole["sessions"][0]["slots"][7]["received"], 0);
  clock->us += 1'000'000;
  // Only what is not as it was.
  auto change = next("changes");
  CAF_CHECK_EQUAL(change["now_us"], json::array({clock->us.load()}));
  CAF_CHECK(!change.contains("run_id"));
  memory->counters->slots[7].received.add(3);
  while (!change.contains("sessions"))
    change = next("changes");
  CAF_CHECK_EQUAL(change["sessions"]["0"]["slots"]["7"]["received"],
                  json::array({3}));
}

CAF_TEST(the page is there with its type and is not sent twice) {
  config.token = secret{canary}; // else the page holds the status
  start();
  for (auto& asset : console_assets()) {
    auto r = get(std::string{asset.path});
    CAF_CHECK_EQUAL(r.status, 200);
    CAF_CHECK_EQUAL(r.header("content-type"), std::string{asset.content_type});
    CAF_CHECK(r.body == asset.body);
    CAF_CHECK_EQUAL(missing_headers(r), "");
    client c{port};
    c.send(request("GET", std::string{asset.path},
                   {{"If-None-Match", std::string{asset.etag}}}));
    auto again = c.answer(true);
    CAF_CHECK_EQUAL(again.status, 304);
    CAF_CHECK_EQUAL(missing_headers(again), "");
    c.send(request("GET", "/health"));
    CAF_CHECK_EQUAL(c.answer().body, "alive\n");
    auto written = ask(port, "POST", std::string{asset.path}, {}, "x");
    CAF_CHECK_EQUAL(written.status, 405);
  }
  CAF_CHECK(!console_assets().empty());
}

CAF_TEST(a tag is known in a list and as a weak one) {
  config.token = secret{canary};
  start();
  auto& asset = console_assets().front();
  std::string tag{asset.etag}, path{asset.path};
  auto status = [&](const std::string& fields) {
    client c{port};
    c.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields
           + "\r\n");
    return c.answer(true).status;
  };
  auto field = [](const std::string& value) {
    return "If-None-Match: " + value + "\r\n";
  };
  for (auto& value : {tag, "W/" + tag, "\"other\", " + tag,
                      "\"other\",W/" + tag + " ,\"x\"", std::string{"*"}})
    CAF_CHECK_EQUAL(status(field(value)), 304);
  CAF_CHECK_EQUAL(status(field("\"other\"") + field(tag)), 304);
  for (auto& value : {std::string{"\"other\""}, "x" + tag, "w/" + tag,
                      tag.substr(1), std::string{}})
    CAF_CHECK_EQUAL(status(field(value)), 200);
}

// -- hosts --------------------------------------------------------------------

CAF_TEST(a loopback service answers to names of this machine) {
  start();
  auto with_port = ":" + std::to_string(port);
  for (auto& host : {"127.0.0.1" + with_port, std::string{"127.0.0.1"},
                     "localhost" + with_port, std::string{"localhost"},
                     "[::1]" + with_port, std::string{"127.3.2.1"},
                     std::string{"[::1]"}, "LOCALHOST" + with_port,
                     std::string{"Localhost"}, "Localhost." + with_port,
                     std::string{"localhost."}, std::string{"127.0.0.1:"},
                     std::string{"[::1]:65535"}, std::string{"localhost:0"}})
    CAF_CHECK_EQUAL(from_host(host), 200);
}

CAF_TEST(a port is a number) {
  start();
  for (std::string host :
       {"127.0.0.1:abc", "127.0.0.1:80x", "127.0.0.1:-1", "127.0.0.1:+1",
        "127.0.0.1: 1", "127.0.0.1:1:1", "127.0.0.1:65536", "localhost:0x50",
        "localhost::", "[::1]:abc", "[::1]x", "[::1]80", "localhost:1.",
        "127.0.0.1:99999999999999999999"})
    if (from_host(host) != 403)
      CAF_ERROR(host << " is taken");
}

CAF_TEST(a name of somebody else gets nothing) {
  start();
  for (std::string host :
       {"evil.example", "evil.example:8000", "127.0.0.1.evil.example",
        "127.evil.example", "localhost.evil.example", "evil-localhost",
        "10.0.0.1", "[2001:db8::1]", "[::1].evil.example", "[", "[]", ":8000",
        "0.0.0.0", "127.0.0.1@evil.example", "localhost..", ".localhost",
        "observer.example"}) {
    for (auto path : paths) {
      auto r = get(path, {{"Host", host}});
      if (r.status != 403)
        CAF_ERROR(host << " gets " << path << ": " << r.status);
      CAF_CHECK_EQUAL(missing_headers(r), "");
    }
    CAF_CHECK_EQUAL(get("/", {{"Host", host}}).status, 403);
    auto ordered = act(good, {{"Host", host}});
    CAF_CHECK_EQUAL(ordered.status, 403);
  }
}

CAF_TEST(a host that is allowed is the name of a proxy) {
  config.allowed_hosts = {"observer.example", "inside.example:8443"};
  start();
  for (std::string host : {"observer.example", "Observer.Example.",
                           "observer.example:443", "inside.example",
                           "inside.example:8443", "127.0.0.1"})
    CAF_CHECK_EQUAL(from_host(host), 200);
  for (std::string host : {"evil.example", "observer.example.evil.example",
                           "x.observer.example", "observer.exampl", "example"})
    CAF_CHECK_EQUAL(from_host(host), 403);
}

CAF_TEST(orders come from an allowed host whatever name the proxy gives us) {
  config.allowed_hosts = {"observer.example", "inside.example:8443"};
  start();
  spdlog::set_level(spdlog::level::off);
  auto status = [&](const std::string& origin, const std::string& host) {
    return act(good, {{"Origin", origin}, {"Host", host}}).status;
  };
  for (std::string host : {"127.0.0.1:8000", "observer.example"}) {
    CAF_CHECK_EQUAL(status("https://observer.example", host), 202);
    CAF_CHECK_EQUAL(status("HTTPS://Observer.Example", host), 202);
    CAF_CHECK_EQUAL(status("https://inside.example:8443", host), 202);
    for (std::string origin :
         {"https://evil.example", "null", "https://observer.example:1",
          "https://inside.example", "https://observer.example.evil.example",
          "observer.example", "https://x.observer.example"})
      CAF_CHECK_EQUAL(status(origin, host), 403);
  }
  CAF_CHECK_EQUAL(status("https://observer.example", "evil.example"), 403);
}

// -- the bearer ---------------------------------------------------------------

CAF_TEST(a service with a token opens only health and readiness) {
  config.token = secret{canary};
  start();
  for (std::string path : paths) {
    auto open = path == "/health" || path == "/ready";
    for (auto wrong :
         {"", "Bearer", "Bearer ", "Bearer wrong", "Bearer CANARY-TOKEN-5E1F",
          "Basic canary-token-5e1f", "Bearer canary-token-5e1",
          "Bearer canary-token-5e1ff", "Bearer, canary-token-5e1f",
          "Bearercanary-token-5e1f", "canary-token-5e1f"}) {
      header_list headers;
      if (*wrong != '\0')
        headers["Authorization"] = wrong;
      auto r = get(path, headers);
      CAF_CHECK_EQUAL(r.status, path == "/ready" ? 503 : open ? 200 : 401);
      CAF_CHECK_EQUAL(missing_headers(r), "");
      if (open)
        continue;
      CAF_CHECK_EQUAL(r.header("www-authenticate"), "Bearer");
      CAF_CHECK(!error_of(r).empty());
    }
    auto right = get(path, with_bearer({}));
    CAF_CHECK_EQUAL(right.status, path == "/ready" ? 503 : 200);
  }
}

CAF_TEST(the word before the token has any case) {
  config.token = secret{canary};
  start();
  for (std::string scheme : {"Bearer ", "bearer ", "BEARER ", "Bearer  "})
    CAF_CHECK_EQUAL(get("/status", {{"Authorization", scheme + canary}}).status,
                    200);
}

CAF_TEST(without the bearer nobody learns which paths there are) {
  config.token = secret{canary};
  start();
  CAF_CHECK_EQUAL(ask(port, "OPTIONS", "/nothing").status, 401);
  CAF_CHECK_EQUAL(ask(port, "OPTIONS", "/api/actions").status, 401);
  CAF_CHECK_EQUAL(ask(port, "OPTIONS", "*").status, 204);
  CAF_CHECK_EQUAL(get("/nothing").status, 401);
  CAF_CHECK_EQUAL(get("/api/stream").status, 401);
  CAF_CHECK_EQUAL(ask(port, "POST", "/api/actions", {}, good).status, 401);
  CAF_CHECK_EQUAL(get("/api/session?token=canary-token-5e1f").status, 401);
}

CAF_TEST(with the bearer actions need no other token) {
  config.token = secret{canary};
  start();
  auto session = json::parse(get("/api/session", with_bearer({})).body);
  CAF_CHECK(session["token"].is_null());
  auto r = ask(port, "POST", "/api/actions",
               with_bearer({{"Content-Type", "application/json"}}), good);
  CAF_CHECK_EQUAL(r.status, 202);
}

CAF_TEST(a service for other machines takes any host and wants the bearer) {
  config.address = "0.0.0.0";
  config.token = secret{canary};
  start();
  CAF_CHECK_EQUAL(from_host("recorder.example"), 401);
  auto r = get("/status", with_bearer({{"Host", "recorder.example"}}));
  CAF_CHECK_EQUAL(r.status, 200);
}

CAF_TEST(secrets are compared whole) {
  CAF_CHECK(same_secret("", ""));
  CAF_CHECK(same_secret("abc", "abc"));
  CAF_CHECK(!same_secret("abc", "abd"));
  CAF_CHECK(!same_secret("abc", "ab"));
  CAF_CHECK(!same_secret("", "abc"));
  CAF_CHECK(!same_secret(std::string_view{"a\0b", 3}, "a"));
}

CAF_TEST(no answer tells the token) {
  config.token = secret{canary};
  start();
  for (auto path : paths)
    for (auto& headers : {header_list{}, with_bearer({})}) {
      auto r = get(path, headers);
      CAF_CHECK(r.body.find(canary) == std::string::npos);
      for (auto& [name, value] : r.headers)
        CAF_CHECK(value.find(canary) == std::string::npos);
    }
  auto r = act(fixture::order("explode", canary));
  CAF_CHECK(r.body.find(canary) == std::string::npos);
}

// -- actions ------------------------------------------------------------------

CAF_TEST(a good order is accepted in words and done) {
  start();
  spdlog::set_level(spdlog::level::off);
  auto r = act(good);
  CAF_CHECK_EQUAL(r.status, 202);
  auto j = json::parse(r.body);
  CAF_CHECK_EQUAL(j["accepted"], true);
  CAF_CHECK_EQUAL(j["text"], "lines of warn and above are logged");
  CAF_CHECK(spdlog::get_level() == spdlog::level::warn);
  CAF_CHECK_EQUAL(missing_headers(r), "");
}

CAF_TEST(actions are POST only) {
  start();
  for (auto method : {"GET", "HEAD", "PUT", "DELETE", "TRACE"}) {
    auto r = ask(port, method, "/api/actions",
                 {{"X-Observer-Token", token()}});
    CAF_CHECK_EQUAL(r.status, 405);
    CAF_CHECK_EQUAL(r.header("allow"), "POST, OPTIONS");
    CAF_CHECK_EQUAL(missing_headers(r), "");
  }
}

CAF_TEST(an order without the token of this run is refused) {
  start();
  spdlog::set_level(spdlog::level::off);
  for (std::string wrong : {"", "wrong", "0123456789abcdef0123456789abcdef"}) {
    auto r = act(good, {{"X-Observer-Token", wrong}});
    CAF_CHECK_EQUAL(r.status, 403);
    CAF_CHECK(!error_of(r).empty());
    CAF_CHECK_EQUAL(missing_headers(r), "");
  }
  auto none = ask(port, "POST", "/api/actions",
                  {{"Content-Type", "application/json"}}, good);
  CAF_CHECK_EQUAL(none.status, 403);
  CAF_CHECK(spdlog::get_level() == spdlog::level::off);
}

CAF_TEST(the token is of this run and long) {
  start();
  auto first = token();
  CAF_CHECK_EQUAL(first.size(), 32u);
  CAF_CHECK_EQUAL(token(), first);
  server.reset();
  start();
  CAF_CHECK(token() != first);
}

CAF_TEST(orders of another origin are refused) {
  start();
  spdlog::set_level(spdlog::level::off);
  for (std::string origin :
       {"http://evil.example", "null", "http://127.0.0.1:1", "127.0.0.1",
        "http://127.0.0.1.evil.example", "://", "http://"}) {
    auto r = act(good, {{"Origin", origin}});
    CAF_CHECK_EQUAL(r.status, 403);
  }
  CAF_CHECK(spdlog::get_level() == spdlog::level::off);
  auto host = "127.0.0.1:" + std::to_string(port);
  auto own = act(good, {{"Host", host}, {"Origin", "http://" + host}});
  CAF_CHECK_EQUAL(own.status, 202);
}

CAF_TEST(orders that a browser calls those of another site are refused) {
  start();
  spdlog::set_level(spdlog::level::off);
  CAF_CHECK_EQUAL(act(good, {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  auto host = "127.0.0.1:" + std::to_string(port);
  CAF_CHECK_EQUAL(act(good, {{"Host", host},
                             {"Origin", "http://" + host},
                             {"Sec-Fetch-Site", "cross-site"}})
                    .status,
                  403);
  CAF_CHECK(spdlog::get_level() == spdlog::level::off);
  for (auto site : {"same-origin", "none"})
    CAF_CHECK_EQUAL(act(good, {{"Sec-Fetch-Site", site}}).status, 202);
}

CAF_TEST(an order is JSON by name) {
  start();
  for (std::string type : {"", "text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data", "text/json"}) {
    auto r = act(good, {{"Content-Type", type}});
    CAF_CHECK_EQUAL(r.status, 415);
  }
  auto r = act(good, {{"Content-Type", "application/json; charset=utf-8"}});
  CAF_CHECK_EQUAL(r.status, 202);
}

CAF_TEST(the name of JSON has any case and may have parameters) {
  start();
  spdlog::set_level(spdlog::level::off);
  for (std::string type :
       {"application/json", "Application/JSON; charset=UTF-8",
        "application/json;charset=utf-8", "APPLICATION/JSON ; a=\"b;c\""})
    CAF_CHECK_EQUAL(act(good, {{"Content-Type", type}}).status, 202);
  for (std::string type : {"application/jsonp", "application/json-patch+json",
                           "text/plain; application/json", "application"})
    CAF_CHECK_EQUAL(act(good, {{"Content-Type", type}}).status, 415);
}

CAF_TEST(an order is one JSON object) {
  start();
  for (std::string body : {"", "{", "[]", "null", "\"log_level\"", "1",
                           "{} {}", "\xFF\xFE", "{\"action\":\"\xFF\"}"}) {
    auto r = act(body);
    CAF_CHECK_EQUAL(r.status, 400);
    CAF_CHECK(!error_of(r).empty());
  }
  auto deep = act(std::string(8'000, '['));
  CAF_CHECK_EQUAL(deep.status, 400);
  auto nested = act("{\"a\":" + std::string(4'000, '[')
                    + std::string(4'000, ']') + "}");
  CAF_CHECK_EQUAL(nested.status, 400);
}

CAF_TEST(an order must be confirmed with true) {
  start();
  spdlog::set_level(spdlog::level::off);
  for (auto confirm : {json(false), json("true"), json(1), json(nullptr),
                       json::array(), json::object()}) {
    auto body = json::parse(good);
    body["confirm"] = confirm;
    auto r = act(body.dump());
    CAF_CHECK_EQUAL(r.status, 400);
  }
  auto body = json::parse(good);
  body.erase("confirm");
  auto r = act(body.dump());
  CAF_CHECK_EQUAL(r.status, 400);
  CAF_CHECK(error_of(r).find("confirm") != std::string::npos);
  CAF_CHECK(spdlog::get_level() == spdlog::level::off);
}

CAF_TEST(an unknown action is refused in words) {
  start();
  auto r = act(order("explode"));
  CAF_CHECK_EQUAL(r.status, 400);
  CAF_CHECK_EQUAL(error_of(r), "\"explode\" is no action");
  auto none = act(R"({"confirm":true})");
  CAF_CHECK_EQUAL(none.status, 400);
  for (auto action : {json(nullptr), json(true), json::array({"pin"}),
                      json::object()}) {
    auto odd = act(json{{"action", action}, {"confirm", true}}.dump());
    CAF_CHECK_EQUAL(odd.status, 400);
  }
}

CAF_TEST(a slot may be named by a number) {
  start();
  auto r = act(R"({"action":"release","target":3,"confirm":true})");
  CAF_CHECK_EQUAL(r.status, 400);
  CAF_CHECK(error_of(r).find("slot_3 is not up") != std::string::npos);
  auto big = act(
    R"({"action":"release","target":18446744073709551615,"confirm":true})");
  CAF_CHECK_EQUAL(big.status, 400);
}

CAF_TEST(chaos is offered and done only where it is allowed) {
  start();
  auto plain = json::parse(get("/api/session").body);
  CAF_CHECK_EQUAL(plain["chaos"], false);
  CAF_CHECK(plain["actions"].dump().find("crash") == std::string::npos);
  auto refused = act(order("crash_writer", "scalp"));
  CAF_CHECK_EQUAL(refused.status, 400);
  CAF_CHECK(error_of(refused).find("--allow-chaos") != std::string::npos);
  server.reset();
  config.allow_chaos = true;
  start();
  auto chaos = json::parse(get("/api/session").body);
  CAF_CHECK_EQUAL(chaos["chaos"], true);
  CAF_CHECK(chaos["actions"].dump().find("crash_writer") != std::string::npos);
  auto r = act(order("crash_writer", "scalp")); // allowed, and nobody is there
  CAF_CHECK(error_of(r).find("is not up now") != std::string::npos);
}

CAF_TEST(no answer shows a secret or steers a terminal) {
  keep_secret(secret{"STATUS-secret-0123456789"});
  memory->board->connection.set_session(
    "ws://host/\u202e\u0085?k=STATUS-secret-0123456789", "s1", 1);
  start();
  for (auto path : {"/status", "/ready", "/metrics", "/api/events"}) {
    auto r = get(path);
    CAF_CHECK_EQUAL(r.body.find("0123456789"), r.body.npos);
    CAF_CHECK_EQUAL(r.body.find("\u202e"), r.body.npos);
    CAF_CHECK_EQUAL(r.body.find("\u0085"), r.body.npos);
  }
  auto status = get("/status").body;
  CAF_CHECK(json::accept(status));
  CAF_CHECK_NOT_EQUAL(status.find("?k=****"), status.npos);
  CAF_CHECK_NOT_EQUAL(status.find("\\u202e\\u0085"), status.npos);
  auto begun = pages->next_event();
  memory->board->connection.set_session(
    "ws://other/\u202e\u0085?k=STATUS-secret-0123456789", "s1", 1);
  auto event = pages->next_event();
  CAF_CHECK(event.changes.starts_with("event: changes\n"));
  CAF_CHECK_NOT_EQUAL(event.changes.find("ws://other/\\u202e\\u0085?k=****"),
                      std::string::npos);
  for (auto& text : {begun.whole, event.whole, event.changes}) {
    CAF_CHECK_EQUAL(text.find("0123456789"), std::string::npos);
    CAF_CHECK_EQUAL(text.find("\u202e"), std::string::npos);
  }
}

// -- the first page -----------------------------------------------------------

namespace {

constexpr std::string_view page_with_place
  = "<!doctype html><script type=\"application/json\" id=\"first-status\">"
    "null</script><script type=\"module\" src=\"app.js\"></script>\n";
constexpr console_asset own_page[] = {
  {"/", "text/html; charset=utf-8", "\"p1\"", page_with_place, "(gzip)"},
};

/// The JSON within the page.
std::string status_of(const std::string& page) {
  std::string before = "id=\"first-status\">";
  auto at = page.find(before) + before.size();
  return page.substr(at, page.find("</script>") - at);
}

} // namespace

CAF_TEST(figures come with the page where nobody logs in) {
  memory->board->connection.set_session("ws://host/</script><b>", "s1", 1);
  files = own_page;
  start();
  for (auto tag : {"\"p1\"", "*"}) {
    auto r = get("/", {{"If-None-Match", tag}});
    CAF_CHECK_EQUAL(r.status, 200);
    CAF_CHECK_EQUAL(r.header("content-type"), "text/html; charset=utf-8");
    CAF_CHECK_EQUAL(r.header("cache-control"), "no-store");
    CAF_CHECK_EQUAL(r.header("etag"), "");
    auto text = status_of(r.body);
    auto status = json::parse(text, nullptr, false);
    CAF_REQUIRE(status.is_object());
    CAF_CHECK_EQUAL(status["run_id"], "run");
    CAF_CHECK_EQUAL(status["sessions"][0]["url"], "ws://host/</script><b>");
    CAF_CHECK_EQUAL(text.find('<'), std::string::npos);
    CAF_CHECK(r.body.ends_with("src=\"app.js\"></script>\n"));
  }
  auto r = get("/", {{"Accept-Encoding", "gzip"}});
  CAF_CHECK_EQUAL(r.header("content-encoding"), "gzip");
  CAF_CHECK(json::accept(status_of(gunzip{}.take(r.body))));
}

CAF_TEST(a page whose reader logs in holds nothing and may be kept) {
  config.token = secret{canary};
  files = own_page;
  start();
  for (auto& headers : {header_list{}, with_bearer({})}) {
    auto r = get("/", headers);
    CAF_CHECK_EQUAL(r.body, std::string{page_with_place});
    CAF_CHECK_EQUAL(r.header("etag"), "\"p1\"");
    CAF_CHECK_EQUAL(r.header("cache-control"), "no-cache");
  }
  auto r = get("/", {{"Accept-Encoding", "gzip"}});
  CAF_CHECK_EQUAL(r.body, "(gzip)");
  CAF_CHECK_EQUAL(r.header("etag"), "\"p1-gzip\"");
  auto again = get("/", {{"Accept-Encoding", "gzip"},
                         {"If-None-Match", "\"p1-gzip\""}});
  CAF_CHECK_EQUAL(again.status, 304);
}

CAF_TEST(a name of somebody else gets no figures with the page) {
  files = own_page;
  start();
  auto r = get("/", {{"Host", "evil.example"}});
  CAF_CHECK_EQUAL(r.status, 403);
  CAF_CHECK_EQUAL(r.body.find("run_id"), std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
