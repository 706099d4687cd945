#define CAF_SUITE runtime_http_streams
#include "runtime/http/server.hpp"

#include <atomic>
#include <optional>

#include "client.hpp"
#include "gunzip.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::http_test;

namespace {

constexpr auto never = 10min;

/// A server whose events are numbers: `status 7` and what is new with it,
/// `changes 7`.
struct fixture {
  fixture() {
    config.port = 0;
    config.stream_interval = 5ms;
    config.request_deadline = never;
  }
  void start() {
    server.emplace(
      config,
      [](const http_call& call) {
        http_answer out;
        out.streams = true;
        out.changes = call.path == "/changes";
        return out;
      },
      [this] {
        auto n = std::to_string(++events);
        if (bad_event.exchange(false))
          throw std::runtime_error{"no event"};
        auto all = "event: status\ndata: " + n + rest + "\n\n";
        auto news = "event: changes\ndata: " + n + rest + "\n\n";
        return http_event{all, quiet ? std::string{} : news};
      });
    CAF_REQUIRE(server->wait_until_listening(20s));
  }
  client stream(const std::string& path, header_list headers = {},
                int receive_buffer = 0) {
    client c{server->port(), receive_buffer};
    c.send(request("GET", path, std::move(headers)));
    return c;
  }

  http_server_config config;
  std::atomic<uint64_t> events{0};
  std::atomic<bool> bad_event{false}, quiet{false};
  std::string rest;
  /// Ends before what its thread reads.
  std::optional<http_server> server;
};

/// What a client of a stream reads, in gzip or not.
struct reader {
  explicit reader(client from) : c(std::move(from)), head(c.answer()) {
    if (head.header("content-encoding") == "gzip")
      zipped.emplace();
    take();
  }
  void take() {
    auto bytes = c.take_rest();
    text += zipped ? zipped->take(bytes) : bytes;
  }
  /// Up to a blank line; empty at the end.
  std::string next() {
    size_t end;
    while ((end = text.find("\n\n")) == std::string::npos) {
      if (!c.receive())
        return {};
      take();
    }
    auto out = text.substr(0, end);
    text.erase(0, end + 2);
    return out;
  }
  /// `status 7` or `changes 7`, past whatever is no event.
  std::string event() {
    constexpr std::string_view name = "event: ";
    for (;;) {
      auto e = next();
      if (e.empty())
        return e;
      if (!e.starts_with(name))
        continue;
      auto line = e.find('\n');
      auto kind = e.substr(name.size(), line - name.size());
      return kind + " " + std::to_string(std::stoul(e.substr(line + 7)));
    }
  }

  client c;
  reply head;
  std::optional<gunzip> zipped;
  std::string text;
};

bool is_status(const std::string& event) {
  return event.starts_with("status ");
}

uint64_t number_of(const std::string& event) {
  return std::stoul(event.substr(event.find(' ')));
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(streams_tests, fixture)

CAF_TEST(who comes has the whole at once and waits for no interval) {
  config.stream_interval = never;
  start();
  reader one{stream("/changes")}, two{stream("/all")};
  CAF_CHECK_EQUAL(one.next(), ": hello");
  CAF_CHECK_EQUAL(one.event(), "status 1");
  CAF_CHECK_EQUAL(two.next(), ": hello");
  CAF_CHECK_EQUAL(two.event(), "status 1");
}

CAF_TEST(who follows the changes has each after the whole) {
  start();
  reader r{stream("/changes")};
  auto n = number_of(r.event());
  for (int i = 0; i < 20; ++i)
    CAF_REQUIRE_EQUAL(r.event(), "changes " + std::to_string(++n));
}

CAF_TEST(who did not ask for changes has the bytes of old) {
  start();
  reader r{stream("/all")};
  CAF_CHECK_EQUAL(r.head.header("content-encoding"), "");
  CAF_CHECK_EQUAL(r.next(), ": hello");
  auto first = r.next();
  auto n = std::stoul(first.substr(first.rfind(' ')));
  CAF_CHECK_EQUAL(first, "event: status\ndata: " + std::to_string(n));
  for (int i = 0; i < 10; ++i)
    CAF_CHECK_EQUAL(r.next(),
                    "event: status\ndata: " + std::to_string(++n));
}

CAF_TEST(where nothing changed a comment says that we are there) {
  quiet = true;
  start();
  reader changes{stream("/changes")}, all{stream("/all")};
  CAF_CHECK(is_status(changes.event()));
  for (int i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(changes.next(), ": nothing new");
  for (int i = 0; i < 3; ++i)
    CAF_CHECK(is_status(all.event()));
}

CAF_TEST(after an event that could not be made the next one is whole) {
  start();
  reader r{stream("/changes")};
  auto last = number_of(r.event());
  bad_event = true;
  for (;;) {
    auto e = r.event();
    auto follows = number_of(e) == last + 1;
    CAF_REQUIRE(follows || is_status(e));
    if (!follows)
      break;
    last = number_of(e);
  }
  CAF_CHECK_EQUAL(r.event().substr(0, 8), "changes ");
}

CAF_TEST(a slow reader that missed an event gets the whole again) {
  rest.assign(1 << 20, 'x');
  start();
  for (auto coding : {"identity", "gzip"}) {
    if (coding == std::string{"gzip"}) {
      // Such as no coding makes smaller.
      server.reset();
      uint32_t x = 1;
      for (auto& c : rest)
        c = static_cast<char>('!' + (x = x * 1'664'525 + 1'013'904'223) % 90);
      rest.front() = ' ';
      start();
    }
    auto slow = stream("/changes", {{"Accept-Encoding", coding}}, 4'096);
    reader other{stream("/changes")};
    CAF_REQUIRE(is_status(other.event()));
    auto begun = number_of(other.event());
    // What the system's buffers took of it is less than one event.
    while (number_of(other.event()) < begun + 5) {
    }
    reader r{std::move(slow)};
    auto e = r.event();
    CAF_CHECK(is_status(e));
    auto missed = false;
    for (auto last = number_of(e); !missed; last = number_of(e)) {
      e = r.event();
      CAF_REQUIRE(!e.empty());
      missed = number_of(e) != last + 1;
      CAF_REQUIRE_EQUAL(is_status(e), missed);
    }
  }
}

CAF_TEST(a stream in gzip says the same and each event as it comes) {
  start();
  for (std::string path : {"/changes", "/all"}) {
    reader r{stream(path, {{"Accept-Encoding", "gzip"}})};
    CAF_CHECK_EQUAL(r.head.header("content-encoding"), "gzip");
    CAF_CHECK_EQUAL(r.head.header("content-type"), "text/event-stream");
    CAF_CHECK_EQUAL(r.head.header("vary"), "Accept-Encoding");
    CAF_CHECK_EQUAL(r.next(), ": hello");
    auto first = r.event();
    CAF_CHECK(is_status(first));
    auto n = number_of(first);
    for (int i = 0; i < 20; ++i)
      CAF_CHECK_EQUAL(number_of(r.event()), ++n);
  }
  server.reset();
  config.stream_interval = never;
  start();
  reader r{stream("/changes", {{"Accept-Encoding", "gzip"}})};
  CAF_CHECK(is_status(r.event()));
}

CAF_TEST(HEAD of a stream names the coding and ends) {
  start();
  client c{server->port()};
  c.send(request("HEAD", "/changes", {{"Accept-Encoding", "gzip"}}));
  auto r = c.answer(true);
  CAF_CHECK_EQUAL(r.status, 200);
  CAF_CHECK_EQUAL(r.header("content-encoding"), "gzip");
  CAF_CHECK_EQUAL(server->look().streams, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
