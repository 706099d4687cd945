#include "runtime/simulate/http.hpp"

#include <string>
#include <vector>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"

namespace observer::fuzz {

namespace {

struct seen_requests {
  std::vector<simulate::http_request> requests;
};

/// Reads the bytes as they come, `chunk` at a time.
seen_requests read_requests(std::string_view input, size_t chunk) {
  simulate::http_reader reader;
  seen_requests out;
  std::string waiting;
  while (!input.empty() && reader.bad().empty()) {
    auto now = input.substr(0, chunk);
    input.remove_prefix(now.size());
    waiting += now;
    while (auto request = reader.next(waiting))
      out.requests.push_back(std::move(*request));
  }
  return out;
}

} // namespace

void http(std::string_view input) {
  auto whole = read_requests(input, input.size());
  for (auto& r : whole.requests) {
    require(r.path.find('?') == std::string::npos, "a path has no query",
            r.path);
    require(r.body.size() <= simulate::http_reader::body_bytes_max,
            "a body is bounded");
    for (auto& [name, value] : r.headers)
      require(name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
                  == std::string::npos
                && r.header(name) == value,
              "a header is found by its name in lower case", name);
  }
  for (size_t chunk : {1, 7}) {
    auto pieces = read_requests(input, chunk);
    require(pieces.requests.size() == whole.requests.size(),
            "requests are the same however the bytes come");
    for (size_t i = 0; i < whole.requests.size(); ++i) {
      auto& a = whole.requests[i];
      auto& b = pieces.requests[i];
      require(a.method == b.method && a.path == b.path && a.query == b.query
                && a.headers == b.headers && a.body == b.body
                && a.keep_alive == b.keep_alive,
              "a request is the same however its bytes come", a.path);
    }
  }
}

} // namespace observer::fuzz
