#define CAF_SUITE runtime_http_server
#include "runtime/http/server.hpp"

#include <atomic>
#include <fstream>
#include <optional>

#include "client.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::http_test;

namespace {

using steady = std::chrono::steady_clock;

/// Resident memory of this process in MB.
size_t resident_mb() {
  std::ifstream in{"/proc/self/statm"};
  size_t whole = 0, resident = 0;
  in >> whole >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE)) >> 20;
}

/// A server that says back what it was asked.
struct fixture {
  fixture() {
    config.port = 0;
    config.stream_interval = 5ms;
  }
  void start() {
    server.emplace(
      config,
      [this](const http_call& call) {
        http_answer out;
        if (call.path == "/throw")
          throw std::runtime_error{"on purpose"};
        if (call.path == "/throw/no_memory")
          throw std::bad_alloc{};
        if (call.path == "/throw/number")
          throw 7;
        if (call.path == "/stream")
          out.streams = true;
        if (call.path == "/big")
          out.body.assign(8 << 20, 'x');
        else
          out.body = std::string{call.method} + " " + std::string{call.path}
                     + " [" + std::string{call.query} + "] "
                     + std::string{call.body};
        return out;
      },
      [this] {
        ++events;
        if (bad_event.exchange(false))
          throw std::runtime_error{"no event"};
        return "data: " + std::string(event_bytes, 'e') + "\n\n";
      });
    CAF_REQUIRE(server->wait_until_listening(20s));
    port = server->port();
  }
  http_server::counts look() const {
    return server->look();
  }
  reply get(const std::string& target) {
    return ask(port, "GET", target);
  }
  bool works() {
    return get("/works").body == "GET /works [] ";
  }
  client stream(int receive_buffer = 0) {
    client c{port, receive_buffer};
    c.send(request("GET", "/stream"));
    return c;
  }

  http_server_config config;
  std::optional<http_server> server;
  uint16_t port = 0;
  std::atomic<uint64_t> events{0};
  std::atomic<bool> bad_event{false};
  size_t event_bytes = 10;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(server_tests, fixture)

// -- requests -----------------------------------------------------------------

CAF_TEST(requests of one connection are answered one after another) {
  start();
  client c{port};
  for (int i = 0; i < 3; ++i) {
    c.send(request("GET", "/a/" + std::to_string(i) + "?x=1&y"));
    auto r = c.answer();
    CAF_CHECK_EQUAL(r.status, 200);
    CAF_CHECK_EQUAL(r.body, "GET /a/" + std::to_string(i) + " [x=1&y] ");
  }
  auto n = look();
  CAF_CHECK_EQUAL(n.accepted, 1u);
  CAF_CHECK_EQUAL(n.requests, 3u);
  CAF_CHECK_EQUAL(n.open, 1u);
}

CAF_TEST(requests that come at once are answered in order) {
  start();
  client c{port};
  std::string all;
  for (int i = 0; i < 200; ++i)
    all += request("GET", "/" + std::to_string(i));
  c.send(all);
  for (int i = 0; i < 200; ++i)
    CAF_REQUIRE_EQUAL(c.answer().body, "GET /" + std::to_string(i) + " [] ");
}

CAF_TEST(a body comes along whole) {
  start();
  std::string body(config.body_bytes_max, 'b');
  auto r = ask(port, "POST", "/p", {}, body);
  CAF_CHECK_EQUAL(r.status, 200);
  CAF_CHECK_EQUAL(r.body, "POST /p [] " + body);
}

CAF_TEST(a body in chunks comes along whole) {
  start();
  client c{port};
  c.send(request("POST", "/p", {{"Transfer-Encoding", "chunked"}}));
  c.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CAF_CHECK_EQUAL(c.answer().body, "POST /p [] abcde");
}

CAF_TEST(a request may come byte by byte) {
  start();
  client c{port};
  for (auto byte : request("POST", "/slow", {}, "body"))
    CAF_REQUIRE(c.send(std::string(1, byte)));
  CAF_CHECK_EQUAL(c.answer().body, "POST /slow [] body");
}

CAF_TEST(an empty body in chunks may come in pieces) {
  start();
  for (auto pieces : {std::vector<std::string>{"0\r\n", "\r", "\n"},
                      {"0", "\r\n\r", "\n"},
                      {"0\r\n\r", "\n"},
                      {"0", "\r", "\n", "\r", "\n"}}) {
    client c{port};
    c.send(request("POST", "/p", {{"Transfer-Encoding", "chunked"}}));
    for (auto& piece : pieces) {
      c.send(piece);
      std::this_thread::sleep_for(5ms); // a packet of its own
    }
    CAF_CHECK_EQUAL(c.answer().body, "POST /p [] ");
  }
  CAF_CHECK(works());
}

CAF_TEST(who asks whether it may send its body is told so) {
  start();
  client c{port};
  c.send(request("POST", "/p",
                 {{"Expect", "100-continue"}, {"Content-Length", "4"}}));
  CAF_CHECK_EQUAL(c.answer().status, 100);
  c.send("body" + request("GET", "/next"));
  CAF_CHECK_EQUAL(c.answer().body, "POST /p [] body");
  CAF_CHECK_EQUAL(c.answer().body, "GET /next [] ");
  client refused{port};
  refused.send(request("POST", "/p", {{"Expect", "100-continue"},
                                      {"Content-Length", "99999999"}}));
  CAF_CHECK_EQUAL(refused.answer().status, 413);
}

CAF_TEST(a wish to change protocols is passed over) {
  start();
  client c{port};
  c.send(request("GET", "/a", {{"Connection", "Upgrade"},
                               {"Upgrade", "websocket"},
                               {"Sec-WebSocket-Version", "13"}}));
  CAF_CHECK_EQUAL(c.answer().body, "GET /a [] ");
  c.send(request("GET", "/b"));
  CAF_CHECK_EQUAL(c.answer().status, 200);
}

CAF_TEST(HEAD is GET without the body) {
  start();
  client c{port};
  c.send(request("HEAD", "/a"));
  auto head = c.answer(true);
  CAF_CHECK_EQUAL(head.status, 200);
  CAF_CHECK_EQUAL(head.header("content-length"), "10");
  c.send(request("GET", "/b"));
  auto next = c.answer();
  CAF_CHECK_EQUAL(next.body, "GET /b [] ");
}

CAF_TEST(HEAD of the stream ends) {
  start();
  client c{port};
  c.send(request("HEAD", "/stream"));
  auto head = c.answer(true);
  CAF_CHECK_EQUAL(head.status, 200);
  CAF_CHECK_EQUAL(head.header("content-type"), "text/event-stream");
  CAF_CHECK(head.header("content-length").empty());
  CAF_CHECK_EQUAL(look().streams, 0u);
  c.send(request("GET", "/b"));
  CAF_CHECK_EQUAL(c.answer().status, 200);
}

CAF_TEST(a method that nobody knows reaches whoever answers) {
  start();
  auto r = ask(port, "BREW", "/pot");
  CAF_CHECK_EQUAL(r.body, "BREW /pot [] ");
}

CAF_TEST(an old client and one that says so are closed after the answer) {
  start();
  client old{port};
  old.send("GET /old HTTP/1.0\r\n\r\n");
  CAF_CHECK_EQUAL(old.answer().body, "GET /old [] ");
  CAF_CHECK(old.is_closed());
  client polite{port};
  polite.send(request("GET", "/a", {{"Connection", "close"}}));
  CAF_CHECK_EQUAL(polite.answer().status, 200);
  CAF_CHECK(polite.is_closed());
  CAF_CHECK(eventually([&] { return look().open == 0; }));
}

CAF_TEST(parameters of the query) {
  http_call call;
  call.query = "limit=5&limits=6&empty=&x";
  CAF_CHECK_EQUAL(call.parameter("limit"), "5");
  CAF_CHECK_EQUAL(call.parameter("limits"), "6");
  CAF_CHECK_EQUAL(call.parameter("empty"), "");
  CAF_CHECK_EQUAL(call.parameter("x"), "");
  CAF_CHECK_EQUAL(call.parameter("none"), "");
  call.query = "&&=&=5";
  CAF_CHECK_EQUAL(call.parameter("limit"), "");
}

CAF_TEST(a handler that throws is an error of ours and nothing ends) {
  start();
  client c{port};
  for (auto what : {"/throw", "/throw/no_memory", "/throw/number"}) {
    c.send(request("GET", what));
    auto r = c.answer();
    CAF_CHECK_EQUAL(r.status, 500);
    CAF_CHECK(r.body.find("on purpose") == std::string::npos);
  }
  c.send(request("GET", "/a"));
  CAF_CHECK_EQUAL(c.answer().status, 200);
}

// -- limits -------------------------------------------------------------------

CAF_TEST(a header that is too large is refused) {
  start();
  auto r = ask(port, "GET", "/", {{"X-Long", std::string(20'000, 'h')}});
  CAF_CHECK_EQUAL(r.status, 431);
  r = ask(port, "GET", "/" + std::string(20'000, 'u'));
  CAF_CHECK_EQUAL(r.status, 431);
  CAF_CHECK_EQUAL(look().refused, 2u);
  CAF_CHECK(works());
}

CAF_TEST(a body that is too large is refused before it has come) {
  start();
  client c{port};
  c.send(request("POST", "/", {{"Content-Length", "99999999999"}}));
  CAF_CHECK_EQUAL(c.answer().status, 413);
  CAF_CHECK(c.is_closed());
  client chunks{port};
  chunks.send(request("POST", "/", {{"Transfer-Encoding", "chunked"}}));
  chunks.send("5000\r\n" + std::string(0x5000, 'c') + "\r\n0\r\n\r\n");
  CAF_CHECK_EQUAL(chunks.answer().status, 413);
  CAF_CHECK(works());
}

CAF_TEST(who sends on after a refusal still reads it) {
  start();
  for (int i = 0; i < 20; ++i) {
    std::string body(1 << 20, 'b');
    client c{port};
    std::thread sender{
      [&] { c.send(request("POST", "/", {}, body)); }};
    auto status = c.answer().status;
    sender.join();
    CAF_REQUIRE_EQUAL(status, 413);
  }
  CAF_CHECK(works());
}

CAF_TEST(a refused client that does not leave is closed) {
  config.request_deadline = 100ms;
  start();
  client c{port};
  c.send("nonsense\r\n\r\n");
  CAF_CHECK_EQUAL(c.answer().status, 400);
  CAF_CHECK(c.is_closed());
  CAF_CHECK(eventually([&] { return look().open == 0; }));
}

CAF_TEST(what is no request is refused) {
  start();
  const std::string tls{"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11};
  for (auto& text :
       {std::string{"\r\n\r\n\r\n\r\nwhat\r\n\r\n"}, tls + std::string(300, '\1'),
        std::string(100, '\0'), std::string{"GET / HTTP/9.9\r\n\r\n"},
        std::string{"GET /\r\n\r\n"}, std::string{"PRI * HTTP/2.0\r\n\r\n"},
        std::string{"GET / HTTP/1.1\r\nno colon\r\n\r\n"},
        std::string{"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"},
        std::string{"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: "
                    "2\r\n\r\nab"}}) {
    client c{port};
    c.send(text);
    c.finish_sending();
    auto status = c.answer().status;
    CAF_CHECK_EQUAL(status, 400);
    CAF_CHECK(c.is_closed());
  }
  CAF_CHECK(works());
  CAF_CHECK_EQUAL(look().requests, 1u);
}

CAF_TEST(what a proxy asks is asked of this service) {
  start();
  client c{port};
  c.send(request("GET", "http://127.0.0.1:8000/echo?a=1", {{"Host", "proxy"}}));
  CAF_CHECK_EQUAL(c.answer().status, 200);
  // The connection goes on.
  c.send(request("GET", "/next"));
  CAF_CHECK_EQUAL(c.answer().status, 200);
}

CAF_TEST(blank lines before a request are passed over) {
  start();
  client c{port};
  c.send("\r\n" + request("POST", "/a", {}, "body") + "\r\n"
         + request("GET", "/b"));
  CAF_CHECK_EQUAL(c.answer().body, "POST /a [] body");
  CAF_CHECK_EQUAL(c.answer().body, "GET /b [] ");
  // Behind a body they are no half request.
  c.send("\r\n");
  c.finish_sending();
  CAF_CHECK(c.is_closed());
  CAF_CHECK_EQUAL(look().requests, 2u);
  CAF_CHECK_EQUAL(look().refused, 0u);
}

CAF_TEST(every answer has its date) {
  start();
  auto date = get("/a").header("date");
  std::tm t{};
  auto end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &t);
  CAF_REQUIRE(end != nullptr && *end == '\0');
  auto off = std::difftime(std::time(nullptr), ::timegm(&t));
  CAF_CHECK(off >= 0 && off < 3600);
}

CAF_TEST(a request names its host once) {
  start();
  for (auto fields : {"", "Host: a\r\nHost: a\r\n"}) {
    client c{port};
    c.send(std::string{"GET / HTTP/1.1\r\n"} + fields + "\r\n");
    CAF_CHECK_EQUAL(c.answer().status, 400);
    CAF_CHECK(c.is_closed());
  }
  client old{port};
  old.send("GET / HTTP/1.0\r\n\r\n");
  CAF_CHECK_EQUAL(old.answer().status, 200);
}

CAF_TEST(a length and chunks at once are no two requests) {
  start();
  client c{port};
  c.send(request("POST", "/a",
                 {{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}})
         + "0\r\n\r\n" + request("GET", "/smuggled"));
  c.finish_sending();
  std::string all;
  while (c.receive())
    ;
  CAF_CHECK(c.rest().find("/smuggled") == std::string::npos);
  CAF_CHECK(works());
}

CAF_TEST(half a request is forgotten when its client leaves) {
  start();
  for (auto& half : {std::string{"G"}, std::string{"GET / HT"},
                     std::string{"GET / HTTP/1.1\r\nHost: 127"},
                     std::string{"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"
                                 "ab"}}) {
    client gone{port};
    gone.send(half);
    gone.close();
    client broken{port};
    broken.send(half);
    broken.reset();
  }
  CAF_CHECK(eventually([&] {
    auto n = look();
    return n.accepted == 8 && n.open == 0;
  }));
  CAF_CHECK(works());
}

// -- deadlines ----------------------------------------------------------------

CAF_TEST(a client that says nothing is closed) {
  config.request_deadline = 50ms;
  start();
  client c{port};
  CAF_CHECK(c.is_closed());
  CAF_CHECK(eventually([&] { return look().timeouts == 1; }));
}

CAF_TEST(a header that drips is closed at its deadline) {
  config.request_deadline = 100ms;
  start();
  client c{port};
  auto begin = steady::now();
  c.send("GET / HTTP/1.1\r\n");
  // Each byte is in time, the request is not.
  while (c.send("X: y\r\n") && steady::now() - begin < 20s)
    std::this_thread::sleep_for(5ms);
  CAF_CHECK(steady::now() - begin < 10s);
  CAF_CHECK(eventually([&] { return look().open == 0; }));
  CAF_CHECK(eventually([&] { return look().timeouts == 1; }));
  CAF_CHECK(works());
}

CAF_TEST(a body that drips is closed at its deadline) {
  config.request_deadline = 100ms;
  start();
  client c{port};
  c.send(request("POST", "/", {{"Content-Length", "1000"}}));
  auto begin = steady::now();
  while (c.send("b") && steady::now() - begin < 3s)
    std::this_thread::sleep_for(5ms);
  CAF_CHECK(steady::now() - begin < 3s);
  CAF_CHECK(eventually([&] { return look().timeouts == 1; }));
}

CAF_TEST(between two requests there is more time than within one) {
  config.request_deadline = 50ms;
  config.idle_deadline = 20s;
  start();
  client c{port};
  c.send(request("GET", "/a"));
  CAF_CHECK_EQUAL(c.answer().status, 200);
  CAF_CHECK(!c.is_closed(200ms));
  c.send(request("GET", "/b"));
  CAF_CHECK_EQUAL(c.answer().status, 200);
}

CAF_TEST(an idle connection is closed at its own deadline) {
  config.idle_deadline = 50ms;
  start();
  client c{port};
  c.send(request("GET", "/a"));
  CAF_CHECK_EQUAL(c.answer().status, 200);
  CAF_CHECK(c.is_closed());
  CAF_CHECK(eventually([&] { return look().timeouts == 1; }));
}

CAF_TEST(by default no proxy keeps an idle connection longer than we do) {
  // Google's balancer has the longest patience of those that are common.
  CAF_CHECK(http_server_config{}.idle_deadline > 600s);
}

CAF_TEST(a half request behind a whole one has the deadline of a request) {
  config.request_deadline = 100ms;
  config.idle_deadline = 20s;
  start();
  client c{port};
  c.send(request("GET", "/a") + "GET /b HT");
  CAF_CHECK_EQUAL(c.answer().status, 200);
  CAF_CHECK(c.is_closed(10s));
}

CAF_TEST(an answer that nobody reads is given up at its deadline) {
  config.request_deadline = 100ms;
  start();
  client c{port, 4'096};
  c.send(request("GET", "/big"));
  CAF_CHECK(eventually([&] { return look().timeouts == 1; }));
  CAF_CHECK(eventually([&] { return look().open == 0; }));
  CAF_CHECK(works());
}

// -- many connections ---------------------------------------------------------

CAF_TEST(ten thousand connections one after the other) {
  start();
  size_t answered = 0;
  for (int i = 0; i < 10'000; ++i) {
    client c{port};
    c.send(request("GET", "/n"));
    answered += c.answer().status == 200;
    c.reset();
  }
  CAF_CHECK_EQUAL(answered, 10'000u);
  CAF_CHECK(eventually([&] { return look().open == 0; }));
  CAF_CHECK_EQUAL(look().accepted, 10'000u);
}

CAF_TEST(one connection more takes the place of the longest idle) {
  config.connections_max = 4;
  start();
  std::vector<client> all;
  for (int i = 0; i < 4; ++i) {
    all.emplace_back(port);
    all.back().send(request("GET", "/first"));
    CAF_REQUIRE_EQUAL(all.back().answer().status, 200);
  }
  // The first becomes the youngest.
  all[0].send(request("GET", "/again"));
  CAF_CHECK_EQUAL(all[0].answer().status, 200);
  CAF_CHECK(works());
  CAF_CHECK(all[1].is_closed());
  all[0].send(request("GET", "/a"));
  CAF_CHECK_EQUAL(all[0].answer().status, 200);
  CAF_CHECK(look().open <= 4);
}

CAF_TEST(a crowd at once is served or refused and never more than the limit) {
  config.connections_max = 16;
  start();
  std::atomic<size_t> over{0};
  std::vector<std::thread> crowd;
  for (int t = 0; t < 8; ++t)
    crowd.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        std::vector<client> few;
        for (int k = 0; k < 5; ++k) {
          few.emplace_back(port);
          few.back().send(request("GET", "/c"));
        }
        over += look().open > 16;
        for (auto& c : few)
          c.answer();
      }
    });
  for (auto& t : crowd)
    t.join();
  CAF_CHECK_EQUAL(over.load(), 0u);
  CAF_CHECK(eventually([&] { return look().open == 0; }));
  CAF_CHECK(works());
}

// -- streams ------------------------------------------------------------------

CAF_TEST(a stream gets event after event until its client leaves) {
  start();
  auto c = stream();
  auto head = c.answer();
  CAF_CHECK_EQUAL(head.status, 200);
  CAF_CHECK_EQUAL(head.header("content-type"), "text/event-stream");
  CAF_CHECK_EQUAL(head.header("x-accel-buffering"), "no");
  for (int i = 0; i < 5; ++i)
    CAF_REQUIRE(c.sees("data: eeeeeeeeee\n\n"));
  CAF_CHECK_EQUAL(look().streams, 1u);
  c.close();
  CAF_CHECK(eventually([&] { return look().open == 0; }));
  CAF_CHECK_EQUAL(look().streams, 0u);
}

CAF_TEST(no event is made while nobody listens) {
  start();
  CAF_CHECK(works());
  {
    auto c = stream();
    CAF_CHECK(c.sees("data: "));
  }
  CAF_CHECK(eventually([&] { return look().streams == 0; }));
  auto made = events.load();
  CAF_CHECK(works());
  std::this_thread::sleep_for(50ms); // ten intervals in which nothing happens
  CAF_CHECK(events.load() <= made + 1);
}

CAF_TEST(one event serves all streams) {
  config.stream_interval = 20ms;
  start();
  std::vector<client> all;
  for (int i = 0; i < 10; ++i)
    all.push_back(stream());
  for (auto& c : all)
    CAF_REQUIRE(c.sees("data: "));
  auto begin = events.load();
  for (int i = 0; i < 5; ++i)
    for (auto& c : all)
      CAF_REQUIRE(c.sees("data: "));
  CAF_CHECK(events.load() - begin <= 15);
}

CAF_TEST(a stream too many is refused) {
  config.streams_max = 2;
  start();
  auto one = stream(), two = stream();
  CAF_CHECK(one.sees("data: ") && two.sees("data: "));
  auto three = stream();
  CAF_CHECK_EQUAL(three.answer().status, 503);
  one.close();
  CAF_CHECK(eventually([&] { return look().streams == 1; }));
  auto four = stream();
  CAF_CHECK_EQUAL(four.answer().status, 200);
}

CAF_TEST(a reader that stops keeps nobody else and costs no memory) {
  event_bytes = 1 << 20;
  // A busy machine may take long for 200 MB, and this is not about that.
  config.request_deadline = 10min;
  start();
  auto stalled = stream(4'096);
  auto reader = stream();
  CAF_CHECK(eventually([&] { return look().streams == 2; }));
  CAF_REQUIRE(reader.sees("\n\ndata: "));
  auto before = resident_mb();
  for (int i = 0; i < 200; ++i) // 200 MB past the one that stalls
    CAF_REQUIRE(reader.sees("\n\ndata: "));
  CAF_CHECK_EQUAL(look().streams, 2u);
#ifndef __SANITIZE_ADDRESS__ // which keeps what was freed for a while
  auto after = resident_mb();
  CAF_CHECK(after < before + 60);
#else
  (void) before;
#endif
}

CAF_TEST(a reader that stops is closed at its deadline) {
  event_bytes = 1 << 20;
  config.request_deadline = 150ms;
  start();
  auto stalled = stream(4'096);
  auto reader = stream();
  CAF_CHECK(eventually([&] {
    return reader.sees("\n\ndata: ") && look().timeouts == 1;
  }));
  CAF_CHECK_EQUAL(look().streams, 1u);
  CAF_CHECK(reader.sees("\n\ndata: "));
  CAF_CHECK(stalled.is_closed());
}

CAF_TEST(what the client of a stream says is thrown away) {
  start();
  auto c = stream();
  for (int i = 0; i < 50; ++i)
    c.send(request("GET", "/more"));
  for (int i = 0; i < 5; ++i)
    CAF_CHECK(c.sees("data: "));
  CAF_CHECK_EQUAL(look().requests, 1u);
}

CAF_TEST(an event that cannot be made is missed and the next one comes) {
  start();
  auto c = stream();
  CAF_CHECK(c.sees("data: "));
  bad_event = true;
  CAF_CHECK(eventually([&] { return !bad_event; }));
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(c.sees("data: "));
}

// -- headers ------------------------------------------------------------------

CAF_TEST(every answer carries the headers of safety) {
  config.streams_max = 1;
  start();
  CAF_CHECK_EQUAL(missing_headers(get("/a")), "");
  CAF_CHECK_EQUAL(missing_headers(get("/throw")), "");
  CAF_CHECK_EQUAL(missing_headers(ask(port, "HEAD", "/a")), "");
  CAF_CHECK_EQUAL(
    missing_headers(ask(port, "GET", "/" + std::string(20'000, 'u'))), "");
  CAF_CHECK_EQUAL(
    missing_headers(ask(port, "POST", "/", {}, std::string(20'000, 'b'))), "");
  client garbage{port};
  garbage.send("garbage\r\n\r\n");
  CAF_CHECK_EQUAL(missing_headers(garbage.answer()), "");
  auto one = stream();
  CAF_CHECK_EQUAL(missing_headers(one.answer()), "");
  auto two = stream();
  auto refused = two.answer();
  CAF_CHECK_EQUAL(refused.status, 503);
  CAF_CHECK_EQUAL(missing_headers(refused), "");
}

// -- begin and end ------------------------------------------------------------

CAF_TEST(a server ends with its connections and streams open) {
  start();
  client silent{port}, half{port}, kept{port}, unread{port, 4'096};
  half.send("GET /half HT");
  kept.send(request("GET", "/a"));
  CAF_CHECK_EQUAL(kept.answer().status, 200);
  unread.send(request("GET", "/big"));
  auto s = stream();
  CAF_CHECK(s.sees("data: "));
  CAF_CHECK(eventually([&] { return look().open == 5; }));
  auto begin = steady::now();
  server.reset();
  CAF_CHECK(steady::now() - begin < 5s);
  for (auto c : {&silent, &half, &kept, &unread, &s})
    CAF_CHECK(c->is_closed());
  client late{port};
  CAF_CHECK(!late.connected());
}

CAF_TEST(a server that never listened ends as well) {
  config.address = "192.0.2.1"; // of nobody
  http_server nowhere{config, [](const http_call&) { return http_answer{}; },
                      [] { return std::string{}; }};
  CAF_CHECK(!nowhere.wait_until_listening(50ms));
  CAF_CHECK_EQUAL(nowhere.port(), 0);
}

CAF_TEST(a port that is taken is tried again) {
  start();
  auto other = config;
  other.port = port;
  other.bind_retry = 10ms;
  http_server second{other, [](const http_call&) { return http_answer{}; },
                     [] { return std::string{}; }};
  CAF_CHECK(!second.wait_until_listening(100ms));
  CAF_CHECK(works());
  server.reset();
  CAF_CHECK(second.wait_until_listening(20s));
  CAF_CHECK_EQUAL(get("/").status, 200);
}

CAF_TEST(servers begin and end in quick succession) {
  for (int i = 0; i < 100; ++i) {
    start();
    client c{port};
    c.send(request("GET", "/a"));
    if (i % 2 == 0)
      CAF_REQUIRE_EQUAL(c.answer().status, 200);
    server.reset();
  }
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
