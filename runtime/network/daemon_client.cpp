#include "runtime/network/daemon_client.hpp"

#include <atomic>
#include <optional>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace observer {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using error = boost::system::error_code;

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string words_of(const error& e) {
  if (e == beast::error::timeout)
    return fmt::format("no answer within {} s",
                       daemon_reply_deadline.count() / 1000);
  if (e == http::error::end_of_stream || e == asio::error::eof)
    return "it hung up without an answer";
  if (e == http::error::body_limit)
    return "its answer is too long";
  if (e.category() == http::make_error_code(http::error::bad_version)
                        .category())
    return "what answers there does not speak HTTP";
  if (e == asio::error::host_not_found
      || e == asio::error::host_not_found_try_again)
    return "the host name does not resolve";
  return lower_first(e.message());
}

/// One request's life on an io_context of its own.
class single_request {
public:
  single_request(asio::io_context& context,
                 http::request<http::string_body> request)
    : resolver_(context), stream_(context), request_(std::move(request)) {
    parser_.body_limit(daemon_reply_bytes_max);
  }

  void start(const url& to) {
    // Resolving has no deadline of its own; it holds up this thread only.
    resolver_.async_resolve(
      to.host, to.port, [this](error e, tcp::resolver::results_type found) {
        if (e)
          return finish(e);
        stream_.expires_after(daemon_reply_deadline);
        stream_.async_connect(found, [this](error e, const tcp::endpoint&) {
          e ? finish(e) : write();
        });
      });
  }

  result<daemon_reply> outcome() {
    if (!done_)
      return problem{"broken off"};
    if (*done_)
      return problem{words_of(*done_)};
    auto message = parser_.release();
    return daemon_reply{static_cast<int>(message.result_int()),
                 std::move(message.body())};
  }

private:
  void write() {
    http::async_write(stream_, request_, [this](error e, size_t) {
      if (e)
        return finish(e);
      http::async_read(stream_, buffer_, parser_,
                       [this](error e, size_t) { finish(e); });
    });
  }

  void finish(error e) {
    done_ = e;
    stream_.close();
  }

  tcp::resolver resolver_;
  beast::tcp_stream stream_;
  http::request<http::string_body> request_;
  http::response_parser<http::string_body> parser_;
  beast::flat_buffer buffer_;
  std::optional<error> done_;
};

} // namespace

struct daemon_client::state {
  url base;
  secret bearer_token;
  asio::io_context context{1};
  std::atomic<bool> cancelled{false};

  result<daemon_reply> run(http::verb verb, const std::string& target,
                    const std::string& body, const std::string& action_token) {
    auto prefix = base.target.ends_with('/')
                    ? base.target.substr(0, base.target.size() - 1)
                    : base.target;
    http::request<http::string_body> request{verb, prefix + target, 11};
    request.set(http::field::host, base.authority());
    request.set(http::field::user_agent, "observer-console");
    request.set(http::field::connection, "close");
    if (!bearer_token.empty())
      request.set(http::field::authorization,
                  "Bearer " + bearer_token.reveal());
    if (!action_token.empty())
      request.set("X-Observer-Token", action_token);
    if (verb == http::verb::post)
      request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    context.restart();
    if (cancelled)
      return problem{"broken off"};
    single_request one{context, std::move(request)};
    one.start(base);
    context.run();
    return one.outcome();
  }
};

daemon_client::daemon_client(url base, secret bearer_token)
  : state_(std::make_unique<state>()) {
  state_->base = std::move(base);
  state_->bearer_token = std::move(bearer_token);
}

daemon_client::~daemon_client() = default;

result<daemon_reply> daemon_client::get(const std::string& target) {
  return state_->run(http::verb::get, target, {}, {});
}

result<daemon_reply> daemon_client::post(const std::string& target,
                                         const std::string& body,
                                         const std::string& action_token) {
  return state_->run(http::verb::post, target, body, action_token);
}

void daemon_client::cancel() {
  state_->cancelled = true;
  state_->context.stop();
}

result<url> parse_daemon_url(const std::string& text) {
  auto parsed
    = parse_url(text.find("://") == text.npos ? "http://" + text : text);
  if (!parsed)
    return parsed;
  if (parsed->scheme != "http")
    return problem{fmt::format("address \"{}\": the console speaks plain http; "
                               "from afar, tunnel it: ssh -L "
                               "8000:127.0.0.1:8000 HOST",
                               text)};
  if (parsed->target.find('?') != std::string::npos)
    return problem{fmt::format("address \"{}\": no query belongs there",
                               text)};
  return parsed;
}

} // namespace observer
