#include "runtime/network/name_connect.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

namespace observer {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

class connecting : public name_connect,
                   public std::enable_shared_from_this<connecting> {
 public:
  connecting(net::io_context& io, name_lookup& names, const url& address,
             user u)
    : io_(io), names_(names), address_(address), user_(std::move(u)),
      next_(io) {}

  void start() {
    // The lookup is this one's, and keeps it no longer than its user does.
    lookup_ = names_.find(
      address_.host, [weak = weak_from_this()](found_addresses found) {
        if (auto self = weak.lock())
          self->guarded([&] { self->found(std::move(found)); });
      });
  }

  void cancel() override {
    done_ = true;
    lookup_.reset();
    next_.cancel();
    for (auto& a : attempts_)
      if (a)
        a->close();
    attempts_.clear();
    user_ = {};
  }

  std::string waits_for() const override {
    if (endpoints_.empty())
      return fmt::format("the name servers have not answered for \"{}\"; check "
                         "the DNS of this machine",
                         address_.host);
    std::string all;
    for (size_t i = 0; i < begun_; ++i)
      if (attempts_[i])
        all += (all.empty() ? "" : ", ") + in_words(endpoints_[i]);
    return fmt::format("{} {} not taken the connection; check the address and "
                       "the network{}",
                       all, all.find(", ") == all.npos ? "has" : "have",
                       failures_.empty() ? "" : "; " + failures_);
  }

 private:
  /// Does a part of the work; what it throws ends the attempt.
  template <class Work>
  void guarded(Work work) {
    if (done_)
      return;
    try {
      work();
    } catch (...) {
      auto tell = std::move(user_.broke_off);
      cancel();
      if (tell)
        tell(std::current_exception());
    }
  }
  template <class Handler>
  auto guard(Handler handler) {
    return [self = shared_from_this(), handler](error_code ec) {
      self->guarded([&] { handler(*self, ec); });
    };
  }

  static std::string in_words(const tcp::endpoint& e) {
    return e.address().to_string();
  }

  void found(found_addresses found) {
    lookup_.reset();
    if (found.error)
      return fail(found.error, found.error.message());
    endpoints_ = std::move(found.endpoints);
    auto port = static_cast<uint16_t>(std::stoi(address_.port));
    for (auto& e : endpoints_)
      e.port(port);
    attempts_.resize(endpoints_.size());
    begin_next();
  }

  void begin_next() {
    next_.cancel();
    if (begun_ == endpoints_.size())
      return;
    auto i = begun_++;
    attempts_[i].emplace(io_);
    attempts_[i]->async_connect(
      endpoints_[i],
      guard([i](connecting& x, error_code ec) { x.answered(i, ec); }));
    if (begun_ == endpoints_.size())
      return;
    next_.expires_after(head_start);
    next_.async_wait(guard([](connecting& x, error_code ec) {
      if (!ec)
        x.begin_next();
    }));
  }

  void answered(size_t i, const error_code& ec) {
    if (!ec) {
      auto socket = std::move(*attempts_[i]);
      auto tell = std::move(user_.connected);
      cancel();
      return tell(std::move(socket));
    }
    attempts_[i].reset();
    if (!failures_.empty())
      failures_ += ", ";
    failures_ += in_words(endpoints_[i]) + ": " + ec.message();
    // The first says most: those behind it are its substitutes.
    if (!first_failure_)
      first_failure_ = ec;
    names_.failed(address_.host, endpoints_[i].address());
    if (begun_ < endpoints_.size())
      return begin_next();
    if (std::any_of(attempts_.begin(), attempts_.end(),
                    [](auto& a) { return a.has_value(); }))
      return;
    // A number stands in the address already.
    fail(*first_failure_, in_words(endpoints_.front()) == address_.host
                            ? first_failure_->message()
                            : failures_);
  }

  void fail(const error_code& ec, const std::string& words) {
    auto tell = std::move(user_.failed);
    cancel();
    tell(ec, words);
  }

  net::io_context& io_;
  name_lookup& names_;
  const url address_;
  user user_;
  net::steady_timer next_;
  std::shared_ptr<void> lookup_;
  std::vector<tcp::endpoint> endpoints_;
  /// Beside `endpoints_`; nothing where it failed or has not begun.
  std::vector<std::optional<tcp::socket>> attempts_;
  size_t begun_ = 0;
  std::string failures_;
  std::optional<error_code> first_failure_;
  bool done_ = false;
};

} // namespace

std::shared_ptr<name_connect> connect_by_name(net::io_context& io,
                                              name_lookup& names,
                                              const url& address,
                                              name_connect::user user) {
  auto c = std::make_shared<connecting>(io, names, address, std::move(user));
  c->start();
  return c;
}

} // namespace observer
