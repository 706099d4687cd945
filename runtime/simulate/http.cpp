#include "runtime/simulate/http.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

namespace observer::simulate {

namespace http = boost::beast::http;

namespace {

std::string decoded(std::string_view x) {
  std::string out;
  for (size_t i = 0; i < x.size(); ++i) {
    auto hex = [&](size_t k) -> int {
      auto c = k < x.size() ? x[k] : '!';
      return c >= '0' && c <= '9'   ? c - '0'
             : c >= 'a' && c <= 'f' ? c - 'a' + 10
             : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                    : -1;
    };
    if (x[i] == '%' && hex(i + 1) >= 0 && hex(i + 2) >= 0) {
      out.push_back(static_cast<char>(hex(i + 1) * 16 + hex(i + 2)));
      i += 2;
    } else {
      out.push_back(x[i] == '+' ? ' ' : x[i]);
    }
  }
  return out;
}

void split_target(std::string_view target, http_request& out) {
  auto mark = target.find('?');
  out.path = target.substr(0, mark);
  if (mark == std::string_view::npos)
    return;
  target.remove_prefix(mark + 1);
  while (!target.empty()) {
    auto amp = target.find('&');
    auto pair = target.substr(0, amp);
    auto equals = pair.find('=');
    if (!pair.empty())
      out.query[decoded(pair.substr(0, equals))] =
        equals == std::string_view::npos ? ""
                                         : decoded(pair.substr(equals + 1));
    if (amp == std::string_view::npos)
      break;
    target.remove_prefix(amp + 1);
  }
}

} // namespace

struct http_reader::parser {
  parser() {
    request.eager(true);
    request.header_limit(header_bytes_max);
    request.body_limit(body_bytes_max);
  }
  http::request_parser<http::string_body> request;
};

std::string_view http_request::header(std::string_view name) const {
  auto i = headers.find(name);
  return i == headers.end() ? std::string_view{} : i->second;
}

std::string to_wire(const http_reply& reply, bool keep_alive) {
  http::response<http::string_body> out{static_cast<http::status>(reply.status),
                                        11};
  out.set(http::field::content_type, reply.content_type);
  for (auto& [name, value] : reply.headers)
    out.set(name, value);
  out.keep_alive(keep_alive);
  out.body() = reply.body;
  out.prepare_payload();
  std::ostringstream text;
  text << out;
  return text.str();
}

http_reader::http_reader() : parser_{std::make_unique<parser>()} {}
http_reader::~http_reader() = default;

std::optional<http_request> http_reader::next(std::string& in) {
  auto& p = parser_->request;
  // The shortest end of a chunked body, `0`, CR LF, CR LF: no message ends
  // without as many bytes more. Given `0`, CR LF and then only the CR, Beast of
  // Boost 1.81 stops the program with an assertion.
  constexpr size_t last_chunk_bytes = 5;
  while (bad_.empty() && !in.empty() && !p.is_done()) {
    if (p.is_header_done() && p.chunked() && in.size() < last_chunk_bytes)
      return std::nullopt;
    boost::beast::error_code error;
    auto used = p.put(boost::asio::buffer(in), error);
    in.erase(0, used);
    if (error == http::error::need_more)
      return std::nullopt;
    if (error)
      bad_ = fmt::format("not an HTTP request: {}\n", error.message());
  }
  if (!bad_.empty() || !p.is_done())
    return std::nullopt;
  auto message = p.release();
  parser_ = std::make_unique<parser>();
  http_request out;
  out.method = std::string{message.method_string()};
  split_target(
    std::string_view{message.target().data(), message.target().size()}, out);
  for (auto& field : message) {
    std::string name{field.name_string()};
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    out.headers[name] = std::string{field.value()};
  }
  out.keep_alive = message.keep_alive();
  out.body = std::move(message.body());
  return out;
}

} // namespace observer::simulate
