#include "actors/supervision/supervisor.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_clock.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace observer {

namespace {

using phase = supervisor_state::phase;

const char* to_text(phase x) {
  switch (x) {
    case phase::down:
      return "down";
    case phase::starting:
      return "starting";
    case phase::up:
      return "up";
    case phase::waiting:
      return "waiting";
    case phase::stopping:
      return "stopping";
  }
  return "?";
}

/// Ahead of all ordinary messages: who is killed handles no backlog first.
void kill(const caf::actor& child) {
  caf::anon_send<caf::message_priority::high>(
      child, caf::exit_msg{child.address(), caf::exit_reason::kill});
}

} // namespace

supervisor_state::supervisor_state(self_pointer self) : self{self} {}

supervisor_state::~supervisor_state() {
  for (auto i = children.rbegin(); i != children.rend(); ++i)
    if (i->handle)
      kill(i->handle);
}

void supervisor_state::on_watch(const watch_child& msg) {
  if (!msg.watcher)
    return;
  auto address = msg.watcher.address();
  auto is_watcher = [&](auto& x) { return x.watcher == address; };
  auto known =
      std::any_of(subscriptions.begin(), subscriptions.end(), is_watcher);
  auto same = [&](auto& x) { return is_watcher(x) && x.child == msg.child; };
  if (std::none_of(subscriptions.begin(), subscriptions.end(), same))
    subscriptions.push_back({msg.child, address});
  // One monitor a watcher, however many children it watches.
  if (!known)
    self->monitor(msg.watcher);
  if (auto x = find(msg.child); x && x->phase == phase::up)
    announce(*x, address);
}

void supervisor_state::on_restart_request(const restart_child& msg) {
  auto x = find(msg.child);
  if (!x || closing) {
    spdlog::warn("{}: cannot restart {} on request: {}", config.name, msg.child,
                 x ? "the supervisor is stopping" : "there is no such child");
    return;
  }
  auto index = static_cast<size_t>(x - children.data());
  spdlog::info("{}: restarts {} on request: {}", config.name, msg.child,
               msg.reason);
  record(index, msg.reason, false);
  if (x->phase != phase::stopping)
    x->ticket = 0;
  x->last_reason = msg.reason;
  if (x->phase == phase::down || x->phase == phase::waiting)
    x->phase = phase::starting;
  condemn_group(index, msg.reason);
  // One for one: there is no group whose order had to be kept.
  if (x->condemned && config.strategy == restart_strategy::one_for_one)
    stop(index);
}

void supervisor_state::on_restart_due(const restart_due& msg) {
  auto x = find(msg.child);
  if (!x || x->ticket != msg.ticket || x->phase != phase::waiting)
    return;
  x->ticket = 0;
  x->phase = phase::starting;
}

void supervisor_state::on_stop_overdue(const stop_overdue& msg) {
  auto x = find(msg.child);
  if (!x || x->ticket != msg.ticket || x->phase != phase::stopping)
    return;
  if (!x->killed) {
    spdlog::warn("{}: kills {}: it did not stop within {} ms", config.name,
                 msg.child, x->spec.stop_deadline.count());
    x->killed = true;
    x->ticket = ++tickets;
    kill(x->handle);
    self->delayed_send(self, config.kill_overdue,
                       stop_overdue{msg.child, x->ticket});
    return;
  }
  auto words = fmt::format("still busy {} ms after its kill",
                           config.kill_overdue.count());
  spdlog::critical("{}: gives {} up: {}", config.name, msg.child, words);
  x->phase = phase::down;
  x->ticket = 0;
  x->last_reason = words;
  x->handle = nullptr;
  // A second one beside it could do what only one may do.
  if (!closing)
    escalate(static_cast<size_t>(x - children.data()),
             fmt::format("child {} cannot be stopped: {}", msg.child, words));
}

void supervisor_state::on_down(const caf::down_msg& msg) {
  std::erase_if(subscriptions,
                [&](auto& x) { return x.watcher == msg.source; });
  auto i = std::find_if(children.begin(), children.end(), [&](auto& x) {
    return x.handle && x.handle.address() == msg.source;
  });
  if (i == children.end())
    return;
  auto& x = *i;
  auto index = static_cast<size_t>(std::distance(children.begin(), i));
  auto words = in_words(self->system(), msg.reason);
  x.handle = nullptr;
  if (x.phase == phase::stopping || x.condemned) {
    // Also if it failed before its exit message arrived: it was to end, and
    // did.
    x.last_reason = x.killed ? x.stop_cause + " (killed past its deadline)"
                    : is_normal_end(msg.reason) ? x.stop_cause
                                                : words;
    spdlog::debug("{}: {} stopped: {}", config.name, x.spec.name,
                  x.last_reason);
    x.phase = x.start_again ? phase::starting : phase::down;
    x.ticket = 0;
    x.condemned = false;
    return;
  }
  if (self->clock().now() - x.up_since >= config.period)
    x.backoff.reset();
  x.last_reason = words;
  auto policy = x.spec.restart;
  if (policy == restart_policy::temporary
      || (policy == restart_policy::transient && is_normal_end(msg.reason))) {
    spdlog::info("{}: {} ended and stays down: {}", config.name, x.spec.name,
                 words);
    x.phase = phase::down;
    return;
  }
  fail(index, words);
}

void supervisor_state::close(caf::error reason) {
  if (closing)
    return;
  spdlog::debug("{}: stops: {}", config.name, in_words(self->system(), reason));
  for (auto& x : children) {
    if (x.spec.at_stop)
      x.spec.at_stop();
    x.start_again = false;
    if (x.phase == phase::up) {
      x.condemned = true;
      x.stop_cause = "its supervisor stops";
    } else if (x.phase != phase::stopping) {
      auto last_life = x.spec.finishes
                       && (x.phase == phase::waiting
                           || x.phase == phase::starting);
      x.phase = last_life ? phase::starting : phase::down;
      x.ticket = 0;
    }
  }
  closing = std::move(reason);
}

std::vector<child_status> supervisor_state::statuses() const {
  std::vector<child_status> result;
  for (auto& x : children)
    result.push_back({x.spec.name, to_text(x.phase), x.starts, x.last_reason});
  return result;
}

supervisor_report supervisor_state::report() const {
  supervisor_report result;
  result.name = config.name;
  result.children = statuses();
  result.restarts.assign(history.begin(), history.end());
  return result;
}

void supervisor_state::advance() {
  take_steps();
  if (config.board)
    config.board->show(config.path, statuses());
}

void supervisor_state::take_steps() {
  if (closing)
    for (size_t i = 0; i < children.size(); ++i)
      if (auto& x = children[i]; x.phase == phase::starting && start(i)) {
        x.condemned = true;
        x.stop_cause = "its supervisor stops";
      }
  auto in_groups = config.strategy != restart_strategy::one_for_one;
  for (bool again = true; again;) {
    again = false;
    if ((closing || in_groups) && stop_next())
      return;
    if (closing) {
      self->quit(*closing);
      return;
    }
    auto waits = [](auto& x) { return x.phase == phase::waiting; };
    if (config.strategy == restart_strategy::one_for_all
        && std::any_of(children.begin(), children.end(), waits))
      return;
    for (size_t i = 0; i < children.size() && !again; ++i) {
      // Those further down may need this one.
      if (in_groups && children[i].phase == phase::waiting)
        return;
      // A failed start changes what is next, for one for one only if it
      // escalated; asking again costs nothing.
      again = children[i].phase == phase::starting && !start(i);
    }
  }
}

bool supervisor_state::stop_next() {
  auto together = closing && config.stops_together;
  auto any = std::any_of(children.begin(), children.end(), [](auto& x) {
    return x.phase == phase::stopping;
  });
  for (auto i = children.size(); i-- > 0 && (together || !any);) {
    if (!children[i].condemned)
      continue;
    stop(i);
    any = true;
  }
  return any;
}

void supervisor_state::stop(size_t index) {
  auto& x = children[index];
  x.phase = phase::stopping;
  x.condemned = false;
  x.killed = false;
  x.ticket = ++tickets;
  self->send_exit(x.handle, caf::exit_reason::user_shutdown);
  self->delayed_send(self, x.spec.stop_deadline,
                     stop_overdue{x.spec.name, x.ticket});
}

bool supervisor_state::start(size_t index) {
  auto& x = children[index];
  std::string problem;
  try {
    x.handle = x.spec.start(self);
    if (!x.handle)
      problem = "its start returned no actor";
  } catch (...) {
    problem = in_words(std::current_exception());
  }
  if (!x.handle) {
    x.last_reason = "failed to start: " + problem;
    fail(index, x.last_reason);
    return false;
  }
  x.phase = phase::up;
  x.condemned = false;
  x.killed = false;
  x.ticket = 0;
  x.up_since = self->clock().now();
  ++x.starts;
  if (config.board)
    config.board->began(child_path(config.path, x.spec.name), x.handle);
  self->monitor(x.handle);
  if (x.starts == 1)
    spdlog::debug("{}: started {}", config.name, x.spec.name);
  else
    spdlog::warn("{}: restarted {}, start number {}", config.name, x.spec.name,
                 x.starts);
  for (auto& subscription : subscriptions)
    if (subscription.child == x.spec.name)
      announce(x, subscription.watcher);
  return true;
}

void supervisor_state::fail(size_t index, const std::string& reason) {
  auto& x = children[index];
  // Whatever follows, it is not up: escalate must not wait for it.
  x.phase = closing ? phase::down : phase::waiting;
  record(index, reason, true);
  if (closing)
    return; // it had its last life
  auto count = std::count_if(failures.begin(), failures.end(),
                             [](auto& f) { return f.counts; });
  if (count > config.intensity) {
    escalate(index, fmt::format("child {} failed: {} failures within {} ms, "
                                "{} allowed; the last reason: {}",
                                x.spec.name, count, config.period.count(),
                                config.intensity, reason));
    return;
  }
  auto wait = x.backoff.next();
  spdlog::warn("{}: {} failed ({} of {} within {} ms), starts again in {} ms: "
               "{}",
               config.name, x.spec.name, count, config.intensity,
               config.period.count(), wait.count(), reason);
  x.ticket = ++tickets;
  self->delayed_send(self, wait, restart_due{x.spec.name, x.ticket});
  condemn_group(index, fmt::format("{} failed", x.spec.name));
}

void supervisor_state::condemn_group(size_t index, const std::string& cause) {
  size_t first = config.strategy == restart_strategy::one_for_all ? 0 : index;
  size_t last = config.strategy == restart_strategy::one_for_one
                    ? index + 1
                    : children.size();
  for (auto i = first; i < last; ++i) {
    auto& x = children[i];
    // Those who wait keep their backoff: the group starts when it is over.
    auto again = i == index || x.spec.restart != restart_policy::temporary;
    if (x.phase == phase::up) {
      x.condemned = true;
      x.start_again = again;
      x.stop_cause = cause;
    } else if (x.phase == phase::stopping) {
      x.start_again = x.start_again || again;
    } else if (x.phase == phase::down && again) {
      x.phase = phase::starting;
    }
  }
}

void supervisor_state::escalate(size_t index, const std::string& words) {
  spdlog::error("{}: gives up: {}", config.name, words);
  children[index].ticket = 0;
  close(caf::make_error(
      caf::sec::runtime_error,
      fmt::format("supervisor {} gave up: {}", config.name, words)));
}

void supervisor_state::record(size_t index, const std::string& reason,
                              bool counts) {
  auto now = self->clock().now();
  while (!failures.empty() && now - failures.front().at >= config.period)
    failures.pop_front();
  failures.push_back({now, index, counts});
  auto attempt = std::count_if(failures.begin(), failures.end(),
                               [&](auto& f) { return f.child == index; });
  history.push_back({config.wall_us(), children[index].spec.name, reason,
                     static_cast<uint32_t>(attempt)});
  if (history.size() > config.history_max)
    history.pop_front();
  if (config.board)
    config.board->restarted(config.path, history.back());
}

void supervisor_state::announce(const child& x,
                                const caf::actor_addr& watcher) const {
  // The free function: the member of this name is not anonymous, and an answer
  // is not wanted.
  caf::anon_send(caf::actor_cast<caf::actor>(watcher),
                 child_started{x.spec.name, x.handle, x.starts});
}

supervisor_state::child* supervisor_state::find(const std::string& child_name) {
  for (auto& x : children)
    if (x.spec.name == child_name)
      return &x;
  return nullptr;
}

supervisor_actor::behavior_type
supervisor(measured_pointer<supervisor_actor, supervisor_state> self,
           supervisor_config config, std::vector<child_spec> children) {
  auto& state = self->state;
  install_house_handlers(self, config.name, &state.counters);
  if (auto problem = validate(config, children)) {
    spdlog::error("supervisor {} cannot start: {}", config.name, *problem);
    self->quit(caf::make_error(caf::sec::invalid_argument, *problem));
    return supervisor_actor::behavior_type::make_empty_behavior();
  }
  state.config = std::move(config);
  state.children.reserve(children.size());
  for (auto& spec : children) {
    // A seed of its own: what fails together shall not come back together.
    auto seed = state.config.seed + state.children.size();
    state.children.push_back(
        {std::move(spec), backoff{state.config.backoff, seed}});
  }
  self->set_down_handler([self](caf::down_msg& msg) {
    self->state.on_down(msg);
    self->state.advance();
  });
  self->set_exit_handler([self](caf::exit_msg& msg) {
    if (!msg.reason)
      return;
    self->state.close(std::move(msg.reason));
    self->state.advance();
  });
  state.advance();
  return {
      [self](const watch_child& msg) { self->state.on_watch(msg); },
      [self](const restart_child& msg) {
        self->state.on_restart_request(msg);
        self->state.advance();
      },
      [self](supervisor_stop) {
        self->state.close(caf::exit_reason::user_shutdown);
        self->state.advance();
      },
      [self](const restart_due& msg) {
        self->state.on_restart_due(msg);
        self->state.advance();
      },
      [self](const stop_overdue& msg) {
        self->state.on_stop_overdue(msg);
        self->state.advance();
      },
      [self](get_children) { return self->state.report(); },
  };
}

child_spec supervisor_child(supervisor_config config,
                            std::vector<child_spec> children) {
  child_spec result;
  result.name = config.name;
  result.stop_deadline = std::chrono::seconds{1};
  for (auto& child : children)
    result.stop_deadline += child.stop_deadline + config.kill_overdue;
  result.start = [config = std::move(config),
                  children = std::move(children)](caf::local_actor* parent) {
    return caf::actor_cast<caf::actor>(
        parent->spawn(supervisor, config, children));
  };
  return result;
}

} // namespace observer
