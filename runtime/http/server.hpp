#pragma once

// A small HTTP/1.1 server for few and untrusted clients: one thread of its own,
// so that nothing a client does touches the recording.
//
// Limits. Connections in all and for one request's header, body and time; a
// client that sends slowly, reads slowly or says nothing is closed at its
// deadline. Beyond `connections_max` a new connection takes the place of one of
// the peer that has most: of one that is idle, then of half a request, then of
// an answer on its way; the oldest first, so that no crowd shuts anybody out.
// Streams stay, and have a bound of their own. A stream's client that does not
// read misses events; nothing queues up for it. An answer and a stream are gzip
// for whoever likes that; such a stream keeps little more than 100 KiB.
//
// Failure. An exception costs the connection that it came from, one from below
// all of them, and never the thread. Without descriptors a probe is answered by
// one that was kept.
//
// A port that is taken is tried again every few seconds: a console must not
// keep the recorder from recording.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace observer {

struct http_server_config {
  std::string address = "127.0.0.1";
  /// 0 takes any free one; see http_server::port.
  uint16_t port = 8000;
  size_t connections_max = 64;
  size_t streams_max = 16;
  uint32_t header_bytes_max = 16 * 1024;
  uint64_t body_bytes_max = 16 * 1024;
  /// For a whole request, and for a whole answer.
  std::chrono::milliseconds request_deadline{10'000};
  /// Between two requests of one connection. Longer than proxies and balancers
  /// keep theirs (nginx and AWS 60 s, Caddy 120 s, Google 600 s): if we closed
  /// first, a request that is on its way just then would fail (502). Whoever
  /// needs the place of an idle connection has it at once, so waiting is free.
  std::chrono::milliseconds idle_deadline{620'000};
  /// Between two events of a stream.
  std::chrono::milliseconds stream_interval{500};
  std::chrono::milliseconds bind_retry{5'000};
};

/// What a client asked. Views are valid during the call.
struct http_call {
  std::string_view method;
  /// Without the query, not decoded.
  std::string_view path;
  std::string_view query;
  std::string_view body;
  std::string_view host, origin, authorization, content_type, token;
  /// All of that name, commas between them.
  std::string_view if_none_match, accept_encoding;
  /// Sec-Fetch-Site: where the page is from that asks, as its browser says.
  std::string_view fetch_site;
  std::string_view peer;

  /// The value of `key` in the query, not decoded; empty if there is none.
  std::string_view parameter(std::string_view key) const;
};

struct http_answer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Answer with events of `next_event` instead of `body`, until the client
  /// leaves.
  bool streams = false;
  /// Of the events no more than what changed, where the client has the one
  /// before.
  bool changes = false;
};

/// A moment of what streams tell, each text as it is sent.
struct http_event {
  http_event(std::string all, std::string news = {})
    : whole(std::move(all)), changes(std::move(news)) {}

  std::string whole;
  /// Since the event before, for who has that one; empty if nothing changed.
  std::string changes;
};

class http_server {
 public:
  /// Both are called by the server's thread. `next_event` is called once an
  /// interval, whatever the number of streams, while there are any, and for the
  /// first of them: who has just come waits for nothing.
  http_server(http_server_config config,
              std::function<http_answer(const http_call&)> handle,
              std::function<http_event()> next_event);
  ~http_server();

  /// The port it listens on; 0 while it does not.
  uint16_t port() const;
  /// Waits until it listens; false if it did not within `patience`.
  bool wait_until_listening(std::chrono::milliseconds patience) const;
  struct counts {
    uint64_t accepted = 0, requests = 0, refused = 0, timeouts = 0;
    size_t open = 0, streams = 0;
  };
  counts look() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace observer
