#include "runtime/console/terminal/poller.hpp"

#include <pthread.h>
#include <signal.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/outside_text.hpp"

namespace observer::terminal {

namespace {

/// What a tab needs beyond the status is asked for every so many polls.
constexpr unsigned polls_per_more = 2;

/// Blocks signals for threads that are started meanwhile: they are for the
/// thread that owns the terminal.
class signals_blocked {
public:
  signals_blocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~signals_blocked() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  signals_blocked(const signals_blocked&) = delete;
  signals_blocked& operator=(const signals_blocked&) = delete;

private:
  sigset_t before_;
};

/// The words of an {"error":…} or {"text":…}.
std::string words_of(const daemon_reply& r, const char* name) {
  auto body = parse_object(r.body);
  return body ? outside_text(text_of(*body, name)) : std::string{};
}

} // namespace

trouble refusal(const daemon_reply& r) {
  return {r.status, words_of(r, "error")};
}

poller::poller(url base, secret bearer_token, std::string url, std::string who)
  : client_(std::move(base), std::move(bearer_token)), who_(std::move(who)) {
  picture_.url = std::move(url);
  signals_blocked guard;
  thread_ = std::thread{[this] { work(); }};
}

poller::~poller() {
  {
    std::lock_guard guard{mutex_};
    stop_ = true;
  }
  changed_.notify_all();
  client_.cancel();
  thread_.join();
}

picture poller::latest() const {
  std::lock_guard guard{mutex_};
  auto out = picture_;
  out.contact.silent_us = std::chrono::duration_cast<std::chrono::microseconds>(
                            steady::now() - last_answer_)
                            .count();
  return out;
}

void poller::want(const wants& w) {
  std::lock_guard guard{mutex_};
  if (w == wants_)
    return;
  // What is no longer asked for grows old: the shorter lists are fresher.
  if (!w.events)
    picture_.events.reset();
  if (!w.files)
    picture_.files.reset();
  if (w.slot != wants_.slot)
    picture_.slot_detail.reset();
  wants_ = w;
  wants_changed_ = true;
  changed_.notify_all();
}

void poller::send(action a) {
  std::lock_guard guard{mutex_};
  if (action_) {
    picture_.notice = {notice::kind::not_sent, std::move(a), {}, {},
                       picture_.notice.number + 1};
    return;
  }
  action_ = std::move(a);
  changed_.notify_all();
}

void poller::work() {
  auto next_poll = steady::now();
  for (unsigned polls = 0;;) {
    wants more;
    std::optional<action> to_do;
    bool at_once = false;
    {
      std::lock_guard guard{mutex_};
      more = wants_;
      at_once = std::exchange(wants_changed_, false);
      to_do = std::exchange(action_, {});
    }
    if (to_do)
      perform(*to_do);
    if (steady::now() >= next_poll) {
      next_poll = steady::now() + poll_period;
      ask_status();
      at_once |= polls++ % polls_per_more == 0;
    }
    if (at_once)
      ask_more(more);
    if (!wait_until(next_poll))
      return;
  }
}

bool poller::wait_until(steady::time_point next_poll) {
  std::unique_lock guard{mutex_};
  changed_.wait_until(guard, next_poll, [this] {
    return stop_ || wants_changed_ || action_.has_value();
  });
  return !stop_;
}

void poller::ask_status() {
  auto got = client_.get("/status");
  trouble why;
  std::shared_ptr<status> fresh;
  if (!got)
    why = {0, got.error().text};
  else if (got->status != 200)
    why = refusal(*got);
  else if (auto body = parse_object(got->body))
    fresh = std::make_shared<status>(read_status(*body));
  else
    why = {0, body.error().text};
  bool permissions_wanted = false;
  {
    std::lock_guard guard{mutex_};
    auto& contact = picture_.contact;
    contact.first = false;
    contact.reached = fresh != nullptr;
    contact.trouble = why;
    if (!fresh)
      return;
    last_answer_ = steady::now();
    // Another run has another token.
    auto restarted = picture_.status
                     && picture_.status->run_id != fresh->run_id;
    if (restarted) {
      picture_.notice = {notice::kind::restarted, {}, fresh->run_id, {},
                         picture_.notice.number + 1};
      picture_.permissions.reset();
    }
    permissions_wanted = !picture_.permissions;
    picture_.status = std::move(fresh);
  }
  if (permissions_wanted)
    ask_permissions();
}

void poller::ask_permissions() {
  auto got = client_.get("/api/session");
  if (!got || got->status != 200)
    return;
  if (auto body = parse_object(got->body)) {
    std::lock_guard guard{mutex_};
    picture_.permissions = read_permissions(*body);
  }
}

template <class T, class Read>
void poller::ask(const std::string& target, Read read,
                 std::shared_ptr<const T> picture::*into) {
  auto got = client_.get(target);
  if (!got || got->status != 200)
    return;
  auto body = parse_object(got->body);
  if (!body)
    return;
  auto fresh = std::make_shared<const T>(read(*body));
  std::lock_guard guard{mutex_};
  // Not when the reader has turned to something else meanwhile.
  if (!wants_changed_)
    picture_.*into = std::move(fresh);
}

void poller::ask_more(const wants& w) {
  {
    std::lock_guard guard{mutex_};
    if (!picture_.contact.reached)
      return;
  }
  if (w.events)
    ask("/api/events?limit=500", read_events, &picture::events);
  if (w.files)
    ask("/api/files", read_files, &picture::files);
  if (w.slot)
    ask(fmt::format("/api/slots/{}", *w.slot), read_slot_detail,
        &picture::slot_detail);
}

void poller::perform(const action& a) {
  // The token of this very run: the daemon may have been restarted since.
  ask_permissions();
  std::string token;
  {
    std::lock_guard guard{mutex_};
    if (picture_.permissions)
      token = picture_.permissions->token;
  }
  nlohmann::json body{{"action", a.name}, {"target", a.target},
                      {"value", a.value}, {"who", who_},
                      {"confirm", true}};
  auto got = client_.post("/api/actions", body.dump(), token);
  if (!got)
    return tell({notice::kind::failed, a, {}, {0, got.error().text}});
  if (got->status / 100 != 2)
    return tell({notice::kind::failed, a, {}, refusal(*got)});
  tell({notice::kind::accepted, a, words_of(*got, "text")});
}

void poller::tell(notice n) {
  std::lock_guard guard{mutex_};
  n.number = picture_.notice.number + 1;
  picture_.notice = std::move(n);
}

} // namespace observer::terminal
