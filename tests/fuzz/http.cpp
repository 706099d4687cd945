#include "runtime/network/http_reader.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "runtime/simulate/http.hpp"

namespace observer::fuzz {

namespace {

constexpr http_limits limits{2'000, 3'000};

struct seen_messages {
  std::vector<http_message> messages;
  http_fault fault = http_fault::none;
};

/// Reads the bytes as they come: up to `first`, then `chunk` at a time.
seen_messages read_messages(http_reader::kind_type kind, std::string_view input,
                            size_t first, size_t chunk) {
  http_reader reader{kind, limits};
  seen_messages out;
  auto give = [&](std::string_view now) {
    while (!now.empty() && reader.fault() == http_fault::none) {
      auto taken = reader.take(now);
      require(taken <= now.size(), "no byte is taken twice");
      now.remove_prefix(taken);
      if (reader.done())
        out.messages.push_back(reader.release());
      else
        require(now.empty() || reader.fault() != http_fault::none,
                "bytes are left behind a message or a fault only");
    }
  };
  give(input.substr(0, first));
  for (auto at = std::min(first, input.size()); at < input.size(); at += chunk)
    give(input.substr(at, chunk));
  reader.end();
  if (reader.done())
    out.messages.push_back(reader.release());
  out.fault = reader.fault();
  return out;
}

void require_same(const seen_messages& a, const seen_messages& b) {
  require(a.fault == b.fault, "a fault is the same however the bytes come");
  require(a.messages.size() == b.messages.size(),
          "messages are the same however the bytes come");
  for (size_t i = 0; i < a.messages.size(); ++i) {
    auto& x = a.messages[i];
    auto& y = b.messages[i];
    require(x.method == y.method && x.target == y.target
              && x.status == y.status && x.minor_version == y.minor_version
              && x.fields == y.fields && x.body == y.body
              && x.keep_alive == y.keep_alive,
            "a message is the same however its bytes come", x.target);
  }
}

void check(http_reader::kind_type kind, std::string_view input) {
  auto whole = read_messages(kind, input, input.size(), 1);
  for (auto& m : whole.messages) {
    require(m.body.size() <= limits.body_bytes_max, "a body is bounded");
    size_t header = m.method.size() + m.target.size();
    for (auto& [name, value] : m.fields) {
      header += name.size() + value.size();
      require(name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ: \t")
                == std::string::npos,
              "a name is a word in lower case", name);
      require((name + value).find_first_of("\r\n") == std::string::npos,
              "a field has no line in it", name);
    }
    require(header <= limits.header_bytes_max, "a header is bounded");
    auto of_request = kind == http_reader::requests;
    require(of_request ? !m.method.empty() && m.status == 0
                       : m.method.empty() && m.status >= 100 && m.status < 1000,
            "a message is of its kind");
  }
  for (size_t chunk : {1, 2, 3, 7})
    require_same(whole, read_messages(kind, input, 0, chunk));
  // Every split in two, of inputs that are short enough.
  constexpr size_t split_max = 300;
  for (size_t at = 1; at < std::min(input.size(), split_max); ++at)
    require_same(whole, read_messages(kind, input, at, input.size()));
}

} // namespace

void http(std::string_view input) {
  check(http_reader::requests, input);
  check(http_reader::responses, input);
  // What the simulated exchange makes of it.
  simulate::request_reader reader;
  std::string waiting{input};
  while (auto request = reader.next(waiting)) {
    require(request->path.find('?') == std::string::npos,
            "a path has no query", request->path);
    for (auto& [name, value] : request->headers)
      require(request->header(name) == value,
              "a header is found by its name in lower case", name);
  }
}

} // namespace observer::fuzz
