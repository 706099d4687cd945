#include "runtime/http/connection.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/exceptions.hpp"
#include "runtime/http/answer_head.hpp"

namespace observer {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using error_code = boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds linger_max{1'000};
constexpr std::string_view stream_type = "text/event-stream";
constexpr std::string_view hello = ": hello\n\n";
/// Who hears nothing would take the peer for gone.
constexpr std::string_view nothing_new = ": nothing new\n\n";

/// The values of all fields of that name.
std::string joined(const http_message& m, std::string_view lower_case_name) {
  std::string out;
  for (auto& [name, value] : m.fields)
    if (name == lower_case_name)
      out += (out.empty() ? "" : ", ") + value;
  return out;
}

bool has_header(const http_answer& a, std::string_view name) {
  return std::any_of(a.headers.begin(), a.headers.end(),
                     [&](auto& h) { return h.first == name; });
}

http_limits limits_of(const http_server_config& config) {
  return {config.header_bytes_max, config.body_bytes_max};
}

} // namespace

http_connection::http_connection(http_service& service, tcp::socket socket)
  : service_(service), stream_(std::move(socket)),
    reader_(http_reader::requests, limits_of(service.config)) {
  error_code ec;
  auto end = stream_.socket().remote_endpoint(ec);
  peer_ = ec ? "unknown" : end.address().to_string();
}

void http_connection::start() {
  guarded([&] { next_request(); });
}

void http_connection::close() noexcept {
  if (std::exchange(closed_, true))
    return;
  auto self = shared_from_this();
  if (is_stream_)
    --service_.streams;
  tries([&] {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
  });
  service_.connections.remove(self);
  service_.open_count = service_.connections.size();
  service_.stream_count = service_.streams;
  if (service_.ended)
    service_.ended();
}

void http_connection::wait_for(wait_kind what) {
  wait_ = what;
  since_ = std::chrono::steady_clock::now();
}

// -- requests -----------------------------------------------------------------

void http_connection::next_request() {
  continued_ = false;
  // The first byte may take long, the rest of the request may not.
  // Who has just come is about to speak: no more idle than half a request is.
  auto begun = std::exchange(first_, false) || !waiting_.empty();
  wait_for(begun ? wait_kind::request : wait_kind::idle);
  stream_.expires_after(begun ? service_.config.request_deadline
                              : service_.config.idle_deadline);
  if (!take())
    read();
}

void http_connection::read() {
  stream_.async_read_some(asio::buffer(piece_),
                          guard([](auto& x, error_code ec, size_t size) {
                            x.received(ec, size);
                          }));
}

void http_connection::received(const error_code& ec, size_t size) {
  if (!ec) {
    if (wait_ == wait_kind::idle) {
      wait_for(wait_kind::request);
      stream_.expires_after(service_.config.request_deadline);
    }
    waiting_.append(piece_.data(), size);
    if (!take())
      read();
    return;
  }
  if (ec == asio::error::eof) {
    reader_.end();
    if (reader_.fault() == http_fault::ended)
      return refuse(400, "this is no HTTP request: " + reader_.why());
  }
  end(ec);
}

bool http_connection::take() {
  waiting_.erase(0, reader_.take(waiting_));
  switch (reader_.fault()) {
    case http_fault::none:
      break;
    case http_fault::header_too_large:
      refuse(431, "the header is too large");
      return true;
    case http_fault::body_too_large:
      refuse(413, "the body is too large");
      return true;
    default:
      refuse(400, "this is no HTTP request: " + reader_.why());
      return true;
  }
  if (reader_.done()) {
    auto request = reader_.release();
    if (auto wrong = settle_host(request); !wrong.empty()) {
      refuse(400, fmt::format("this is no HTTP request: {}", wrong));
      return true;
    }
    ++service_.requests;
    answer(request);
    return true;
  }
  if (reader_.header_done() && !continued_
      && reader_.message().minor_version == 1
      && reader_.message().lists("expect", "100-continue")) {
    say_continue();
    return true;
  }
  return false;
}

/// Who asks first whether it may send the body waits for this.
void http_connection::say_continue() {
  continued_ = true;
  head_ = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(head_),
                    guard([](auto& x, error_code ec, size_t) {
                      if (ec)
                        x.end(ec);
                      else
                        x.read();
                    }));
}

void http_connection::refuse(unsigned status, const std::string& text) {
  ++service_.refused;
  http_answer a;
  a.status = status;
  a.body = fmt::format(R"({{"error":"{}"}})", text);
  refused_ = true;
  send(std::move(a), {});
}

void http_connection::answer(const http_message& message) {
  std::string_view target = message.target;
  auto mark = target.find('?');
  http_call call;
  call.method = message.method;
  call.path = target.substr(0, mark);
  if (mark != target.npos)
    call.query = target.substr(mark + 1);
  call.body = message.body;
  call.host = message.field("host");
  call.origin = message.field("origin");
  call.authorization = message.field("authorization");
  call.content_type = message.field("content-type");
  auto known = joined(message, "if-none-match");
  call.if_none_match = known;
  auto codings = joined(message, "accept-encoding");
  call.accept_encoding = codings;
  call.fetch_site = message.field("sec-fetch-site");
  call.token = message.field("x-observer-token");
  call.peer = peer_;
  auto head = call.method == "HEAD";
  if (head)
    call.method = "GET";
  http_answer a;
  try {
    a = service_.handle(call);
  } catch (...) {
    auto thrown = std::current_exception();
    spdlog::error("[http] {} {}: {}", call.method, call.path,
                  words_of_exception(thrown));
    a = {};
    a.status = 500;
    a.body = R"({"error":"the daemon failed at this; its log says more"})";
  }
  auto gzip = wants_gzip(codings);
  if (a.streams && !head)
    return begin_stream(a.changes, gzip);
  send(std::move(a),
       {message.minor_version, message.keep_alive, head, gzip});
}

void http_connection::send(http_answer a, reader_wants wants) {
  auto bodiless = a.status == 304 || a.status == 204;
  // How long a stream will be nobody knows.
  auto has_length = !bodiless && !a.streams;
  if (a.streams)
    a.content_type = stream_type;
  // Of a file of the page whoever answers has chosen.
  auto chosen = has_header(a, "Content-Encoding");
  if (wants.gzip && !chosen
      && (a.streams || gzip_pays(a.content_type, a.body.size()))) {
    a.headers.emplace_back("Content-Encoding", "gzip");
    a.body = gzipped(a.body);
  }
  auto reason = beast::http::obsolete_reason(beast::http::int_to_status(a.status));
  head_ = fmt::format("HTTP/1.{} {} {}\r\n", wants.minor_version, a.status,
                      std::string_view{reason.data(), reason.size()});
  append_common_headers(head_);
  if (a.status != 204)
    append_http_field(head_, "Content-Type", a.content_type);
  if (!has_header(a, "Cache-Control"))
    append_http_field(head_, "Cache-Control", "no-store");
  for (auto& [name, value] : a.headers)
    append_http_field(head_, name, value);
  if (!wants.keep_alive)
    append_http_field(head_, "Connection", "close");
  else if (wants.minor_version == 0)
    append_http_field(head_, "Connection", "keep-alive");
  if (has_length)
    append_http_field(head_, "Content-Length", std::to_string(a.body.size()));
  head_ += "\r\n";
  body_ = std::move(a.body);
  if (bodiless || wants.head)
    body_.clear();
  wait_for(wait_kind::reader);
  stream_.expires_after(service_.config.request_deadline);
  std::array<asio::const_buffer, 2> both{asio::buffer(head_),
                                         asio::buffer(body_)};
  asio::async_write(stream_, both,
                    guard([keep = wants.keep_alive](auto& x, error_code ec,
                                                    size_t) {
                      x.sent(ec, keep);
                    }));
}

void http_connection::sent(const error_code& ec, bool keep_alive) {
  // A long answer's memory is not kept for the next one.
  body_ = {};
  if (!ec && refused_)
    return linger();
  if (ec || !keep_alive)
    return end(ec);
  next_request();
}

/// A client that is still sending would lose the refusal to the reset that
/// closing now means: what it sends is thrown away for a moment.
void http_connection::linger() {
  wait_for(wait_kind::idle);
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(std::min(service_.config.request_deadline, linger_max));
  drain();
}

void http_connection::drain() {
  stream_.async_read_some(asio::buffer(piece_),
                          guard([](auto& x, error_code ec, size_t) {
                            if (ec)
                              x.close();
                            else
                              x.drain();
                          }));
}

// -- streams ------------------------------------------------------------------

void http_connection::begin_stream(bool changes, bool gzip) {
  if (service_.streams >= service_.config.streams_max)
    return refuse(503, "too many consoles are open");
  is_stream_ = true;
  of_changes_ = changes;
  if (gzip)
    gzip_.emplace();
  wait_for(wait_kind::stream);
  ++service_.streams;
  service_.stream_count = service_.streams;
  head_ = "HTTP/1.1 200 OK\r\n";
  append_common_headers(head_);
  append_http_field(head_, "Content-Type", stream_type);
  append_http_field(head_, "Cache-Control", "no-store");
  // nginx would hold events back until its buffer is full.
  append_http_field(head_, "X-Accel-Buffering", "no");
  if (gzip)
    append_http_field(head_, "Content-Encoding", "gzip");
  append_http_field(head_, "Connection", "close");
  head_ += "\r\n";
  head_ += gzip_ ? gzip_->piece(hello) : std::string{hello};
  auto first = service_.newest();
  if (first)
    told_ = first->number;
  write_event(first, first ? first->text.whole : std::string_view{});
  watch_for_end();
}

void http_connection::offer(const stream_event_ptr& event) {
  guarded([&] {
    if (!is_stream_ || writing_ || closed_)
      return;
    auto has_last = told_ + 1 == event->number;
    told_ = event->number;
    auto& [whole, changes] = event->text;
    head_.clear();
    if (!of_changes_ || !has_last)
      write_event(event, whole);
    else
      write_event(event, changes.empty() ? nothing_new
                                         : std::string_view{changes});
  });
}

/// Behind what is in `head_`; `text` lives with the event.
void http_connection::write_event(const stream_event_ptr& event,
                                  std::string_view text) {
  writing_ = true;
  if (gzip_) {
    body_ = gzip_->piece(text);
    text = body_;
  } else {
    event_ = event;
  }
  stream_.expires_after(service_.config.request_deadline);
  std::array<asio::const_buffer, 2> both{
    asio::buffer(head_), asio::buffer(text.data(), text.size())};
  asio::async_write(stream_, both,
                    guard([](auto& x, error_code ec, size_t) {
                      x.writing_ = false;
                      x.event_.reset();
                      x.body_ = {};
                      if (ec)
                        x.end(ec);
                    }));
}

/// A stream's client says nothing more; what it says is thrown away.
void http_connection::watch_for_end() {
  stream_.socket().async_read_some(asio::buffer(piece_),
                                   guard([](auto& x, error_code ec, size_t) {
                                     if (ec)
                                       x.end(ec);
                                     else
                                       x.watch_for_end();
                                   }));
}

// -- end ----------------------------------------------------------------------

void http_connection::end(const error_code& ec) {
  if (ec == beast::error::timeout)
    ++service_.timeouts;
  close();
}

void http_connection::broke_off(const std::exception_ptr& thrown) noexcept {
  tries([&] {
    spdlog::error("[http] a connection of {} is given up: {}", peer_,
                  words_of_exception(thrown));
  });
  close();
}

} // namespace observer
