#include "runtime/network/daemon_client.hpp"

#include <array>
#include <atomic>
#include <optional>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "messages/exceptions.hpp"
#include "runtime/network/http_reader.hpp"
#include "runtime/network/name_connect.hpp"

namespace observer {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using error = boost::system::error_code;

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string words_of(const error& e) {
  if (e == asio::error::eof)
    return "it hung up without an answer";
  return lower_first(e.message());
}

/// One request's life on an io_context of its own.
class single_request {
public:
  single_request(asio::io_context& context, name_lookup& names,
                 std::string request, std::chrono::milliseconds patience)
    : context_(context), names_(names), patience_(patience),
      deadline_(context), socket_(context), request_(std::move(request)) {}

  void start(const url& to) {
    deadline_.expires_after(patience_);
    deadline_.async_wait([this](error e) {
      if (!e)
        finish(fmt::format("no answer within {} s",
                           static_cast<double>(patience_.count()) / 1000));
    });
    connect_ = connect_by_name(
      context_, names_, to,
      {[this](tcp::socket connected) {
         connect_.reset();
         socket_ = std::move(connected);
         write();
       },
       [this](const error& e, const std::string& words) {
         finish(e == asio::error::host_not_found
                    || e == asio::error::host_not_found_try_again
                  ? "the host name does not resolve"
                  : lower_first(words));
       },
       [this](const std::exception_ptr& thrown) {
         finish(words_of_exception(thrown));
       }});
  }

  result<daemon_reply> outcome() {
    if (reader_.done()) {
      auto message = reader_.release();
      return daemon_reply{message.status, std::move(message.body)};
    }
    if (!done_)
      return problem{"broken off"};
    switch (reader_.fault()) {
      case http_fault::malformed:
      case http_fault::header_too_large:
        return problem{"what answers there does not speak HTTP"};
      case http_fault::body_too_large:
        return problem{"its answer is too long"};
      case http_fault::ended:
        return problem{"it hung up within its answer"};
      default:
        return problem{*done_};
    }
  }

private:
  void write() {
    asio::async_write(socket_, asio::buffer(request_),
                      [this](error e, size_t) {
                        if (!done_)
                          e ? finish(words_of(e)) : read();
                      });
  }

  void read() {
    socket_.async_read_some(asio::buffer(piece_), [this](error e, size_t n) {
      if (done_)
        return;
      reader_.take({piece_.data(), n});
      if (e == asio::error::eof)
        reader_.end();
      if (e || reader_.done() || reader_.fault() != http_fault::none)
        return finish(words_of(e));
      read();
    });
  }

  void finish(std::string why) {
    if (done_)
      return;
    done_ = std::move(why);
    deadline_.cancel();
    if (connect_)
      connect_->cancel();
    error ignored;
    socket_.close(ignored);
  }

  asio::io_context& context_;
  name_lookup& names_;
  std::chrono::milliseconds patience_;
  asio::steady_timer deadline_;
  std::shared_ptr<name_connect> connect_;
  tcp::socket socket_;
  std::string request_;
  std::array<char, 16 * 1024> piece_;
  http_reader reader_{http_reader::responses,
                      {64 * 1024, daemon_reply_bytes_max}};
  /// Why there is no answer, if there is none.
  std::optional<std::string> done_;
};

} // namespace

struct daemon_client::state {
  url base;
  secret bearer_token;
  std::chrono::milliseconds deadline = daemon_reply_deadline;
  asio::io_context context{1};
  name_lookup names{context};
  std::atomic<bool> cancelled{false};

  result<daemon_reply> run(std::string_view method, const std::string& target,
                           const std::string& body,
                           const std::string& action_token) {
    auto prefix = base.target.ends_with('/')
                    ? base.target.substr(0, base.target.size() - 1)
                    : base.target;
    http_fields fields{{"Host", base.authority()},
                       {"User-Agent", "observer-console"},
                       {"Connection", "close"}};
    if (!bearer_token.empty())
      fields.emplace_back("Authorization", "Bearer " + bearer_token.reveal());
    if (!action_token.empty())
      fields.emplace_back("X-Observer-Token", action_token);
    if (method == "POST")
      fields.emplace_back("Content-Type", "application/json");
    auto request = http_request_text(method, prefix + target, fields, body);
    context.restart();
    if (cancelled)
      return problem{"broken off"};
    single_request one{context, names, std::move(request), deadline};
    one.start(base);
    context.run();
    return one.outcome();
  }
};

daemon_client::daemon_client(url base, secret bearer_token,
                             std::chrono::milliseconds deadline)
  : state_(std::make_unique<state>()) {
  state_->deadline = deadline;
  state_->base = std::move(base);
  state_->bearer_token = std::move(bearer_token);
}

daemon_client::~daemon_client() = default;

result<daemon_reply> daemon_client::get(const std::string& target) {
  return state_->run("GET", target, {}, {});
}

result<daemon_reply> daemon_client::post(const std::string& target,
                                         const std::string& body,
                                         const std::string& action_token) {
  return state_->run("POST", target, body, action_token);
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
