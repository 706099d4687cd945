#include "runtime/network/name_lookup.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include "messages/exceptions.hpp"

namespace observer {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

namespace {

/// The service and the broker's two names are fewer; names come from settings.
constexpr size_t names_max = 64;

error_code error_of(int answer, int system_error) {
  switch (answer) {
    case 0:
      return {};
    case EAI_AGAIN:
      return net::error::host_not_found_try_again;
    case EAI_FAIL:
      return net::error::no_recovery;
    case EAI_MEMORY:
      return net::error::no_memory;
    case EAI_SYSTEM:
      return {system_error, boost::system::system_category()};
    default:
      return net::error::host_not_found;
  }
}

/// What an answer from before is better than.
bool may_pass(const error_code& ec) {
  return ec != net::error::host_not_found;
}

} // namespace

namespace {

/// Of this thread. The usual 5 s are for whoever has a second server to ask; an
/// answer behind them goes to a socket that is closed.
void be_patient() {
  constexpr int wait_s = 30;
  if ((_res.options & RES_INIT) != 0 || ::res_init() == 0) {
    _res.retrans = wait_s;
    _res.retry = 1;
  }
}

} // namespace

found_addresses ask_system(const std::string& name) {
  using std::chrono::steady_clock;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* first = nullptr;
  auto begin = steady_clock::now();
  auto answer = ::getaddrinfo(name.c_str(), nullptr, &hints, &first);
  // They were silent, not missing.
  constexpr std::chrono::seconds silent{3};
  if (answer == EAI_AGAIN && steady_clock::now() - begin > silent) {
    be_patient();
    answer = ::getaddrinfo(name.c_str(), nullptr, &hints, &first);
  }
  found_addresses out{error_of(answer, errno), {}};
  if (answer != 0)
    return out;
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> all{first, ::freeaddrinfo};
  for (auto at = first; at; at = at->ai_next) {
    tcp::endpoint endpoint;
    auto known = at->ai_family == AF_INET || at->ai_family == AF_INET6;
    if (!known || at->ai_addrlen > endpoint.capacity()
        || out.endpoints.size() == name_lookup::addresses_max)
      continue;
    std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
    endpoint.resize(at->ai_addrlen);
    if (std::find(out.endpoints.begin(), out.endpoints.end(), endpoint)
        == out.endpoints.end())
      out.endpoints.push_back(endpoint);
  }
  if (out.endpoints.empty())
    out.error = net::error::host_not_found;
  return out;
}

std::vector<tcp::endpoint> in_turns(std::vector<tcp::endpoint> found) {
  if (found.empty())
    return found;
  std::vector<tcp::endpoint> out, others;
  auto leads = found.front().address().is_v6();
  for (auto& e : found)
    (e.address().is_v6() == leads ? out : others).push_back(e);
  for (size_t i = 0; i < others.size(); ++i)
    out.insert(out.begin()
                 + static_cast<std::ptrdiff_t>(std::min(2 * i + 1, out.size())),
               others[i]);
  return out;
}

/// Of one who asks; dies with the handle.
struct waiter {
  waiter(net::io_context& io, name_lookup::answered then)
    : late(io), then(std::move(then)) {}
  /// On the io_context's thread.
  void answer(found_addresses found) {
    late.cancel();
    if (auto call = std::exchange(then, nullptr))
      call(std::move(found));
  }

  net::steady_timer late;
  name_lookup::answered then;
};

struct name_lookup::state : std::enable_shared_from_this<state> {
  state(net::io_context& io, asks ask, std::chrono::milliseconds patience)
    : io(io), ask(std::move(ask)), patience(patience) {}

  struct entry {
    bool under_way = false;
    std::vector<std::weak_ptr<waiter>> waiting;
    std::vector<tcp::endpoint> known;
    /// Those that failed last come last.
    std::vector<net::ip::address> unlucky;

    found_addresses in_order(found_addresses found) const {
      auto rank = [this](const tcp::endpoint& e) {
        auto at = std::find(unlucky.begin(), unlucky.end(), e.address());
        return at == unlucky.end() ? 0 : 1 + (at - unlucky.begin());
      };
      found.endpoints = in_turns(std::move(found.endpoints));
      std::stable_sort(found.endpoints.begin(), found.endpoints.end(),
                       [&](auto& a, auto& b) { return rank(a) < rank(b); });
      return found;
    }
  };

  void begin(const std::string& name);
  void finish(const std::string& name, found_addresses found);
  void deliver(std::shared_ptr<waiter> w, found_addresses found);

  net::io_context& io;
  const asks ask;
  const std::chrono::milliseconds patience;
  std::mutex mutex;
  bool closed = false;
  std::map<std::string, entry> names;
};

/// The mutex is held, and the io_context is there.
void name_lookup::state::deliver(std::shared_ptr<waiter> w,
                                 found_addresses found) {
  // The last handle to it goes on the io_context's thread.
  net::post(io, [w = std::move(w), found = std::move(found)]() mutable {
    w->answer(std::move(found));
  });
}

void name_lookup::state::begin(const std::string& name) {
  std::thread{[self = shared_from_this(), name] {
    found_addresses found;
    if (!tries([&] { found = self->ask(name); }))
      found = {net::error::no_memory, {}};
    insists([&] { self->finish(name, found); });
  }}.detach();
}

void name_lookup::state::finish(const std::string& name,
                                found_addresses found) {
  std::lock_guard lock{mutex};
  if (closed)
    return;
  auto& e = names[name];
  if (!found.error)
    e.known = found.endpoints;
  else if (may_pass(found.error) && !e.known.empty())
    found = {{}, e.known};
  found = e.in_order(std::move(found));
  while (!e.waiting.empty()) {
    if (auto w = e.waiting.back().lock())
      deliver(std::move(w), found);
    e.waiting.pop_back();
  }
  e.under_way = false;
}

name_lookup::name_lookup(net::io_context& io, asks ask,
                         std::chrono::milliseconds patience)
  : state_(std::make_shared<state>(io, std::move(ask), patience)) {}

name_lookup::~name_lookup() {
  std::lock_guard lock{state_->mutex};
  state_->closed = true;
}

std::shared_ptr<void> name_lookup::find(const std::string& name,
                                        answered then) {
  auto& s = *state_;
  auto w = std::make_shared<waiter>(s.io, std::move(then));
  error_code no_number;
  auto number = net::ip::make_address(name, no_number);
  std::lock_guard lock{s.mutex};
  if (!no_number) {
    s.deliver(w, {{}, {tcp::endpoint{number, 0}}});
    return w;
  }
  if (s.names.size() >= names_max && !s.names.contains(name))
    std::erase_if(s.names, [](auto& n) { return !n.second.under_way; });
  auto& e = s.names[name];
  std::erase_if(e.waiting, [](auto& x) { return x.expired(); });
  e.waiting.push_back(w);
  if (!e.under_way) {
    try {
      s.begin(name);
      e.under_way = true;
    } catch (const std::system_error& no_thread) {
      e.waiting.pop_back();
      auto why = error_code{no_thread.code().value(),
                            boost::system::system_category()};
      s.deliver(w, e.known.empty() ? found_addresses{why, {}}
                                   : e.in_order({{}, e.known}));
      return w;
    }
  }
  if (e.known.empty())
    return w;
  w->late.expires_after(s.patience);
  w->late.async_wait([weak = std::weak_ptr{w},
                      before = e.in_order({{}, e.known})](error_code ec) {
    if (auto late = weak.lock(); late && !ec)
      late->answer(before);
  });
  return w;
}

void name_lookup::failed(const std::string& name, const net::ip::address& at) {
  std::lock_guard lock{state_->mutex};
  auto& all = state_->names;
  auto found = all.find(name);
  if (found == all.end())
    return; // a number
  auto& unlucky = found->second.unlucky;
  std::erase(unlucky, at);
  if (unlucky.size() == addresses_max)
    unlucky.erase(unlucky.begin());
  unlucky.push_back(at);
}

void name_lookup::worked(const std::string& name, const net::ip::address& at) {
  std::lock_guard lock{state_->mutex};
  auto found = state_->names.find(name);
  if (found != state_->names.end())
    std::erase(found->second.unlucky, at);
}

} // namespace observer
