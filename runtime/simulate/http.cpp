#include "runtime/simulate/http.hpp"

#include <algorithm>
#include <sstream>

#include <boost/beast/http/message.hpp>
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

bool less_ignoring_case::operator()(std::string_view x,
                                    std::string_view y) const {
  auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  return std::lexicographical_compare(
    x.begin(), x.end(), y.begin(), y.end(),
    [&](char a, char b) { return lower(a) < lower(b); });
}

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

std::optional<http_request> request_reader::next(std::string& in) {
  in.erase(0, reader_.take(in));
  if (!reader_.done()) {
    if (reader_.fault() != http_fault::none && bad_.empty())
      bad_ = fmt::format("not an HTTP request: {}\n", reader_.why());
    return std::nullopt;
  }
  auto message = reader_.release();
  http_request out;
  out.method = std::move(message.method);
  split_target(message.target, out);
  for (auto& [name, value] : message.fields)
    out.headers[name] = std::move(value);
  out.keep_alive = message.keep_alive;
  out.body = std::move(message.body);
  return out;
}

} // namespace observer::simulate
