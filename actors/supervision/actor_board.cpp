#include "actors/supervision/actor_board.hpp"

#include "actors/supervision/measured_actor.hpp"

namespace observer {

std::shared_ptr<actor_gauges> gauges_of(caf::abstract_actor* actor) {
  auto found = dynamic_cast<measured*>(actor);
  return found != nullptr ? found->gauges() : std::make_shared<actor_gauges>();
}

std::string child_path(const std::string& supervisor,
                       const std::string& child) {
  return supervisor == root_name ? child : supervisor + "/" + child;
}

void actor_board::show(const std::string& path,
                       std::vector<child_status> children) {
  std::lock_guard guard{mutex_};
  children_[path] = std::move(children);
  entries_[path].supervises = true;
}

void actor_board::restarted(const std::string& path,
                            const restart_record& record) {
  std::lock_guard guard{mutex_};
  restarts_.push_back({path, record});
  if (restarts_.size() > restarts_max)
    restarts_.pop_front();
}

void actor_board::began(const std::string& name, const caf::actor& handle) {
  auto gauges = gauges_of(caf::actor_cast<caf::abstract_actor*>(handle));
  std::lock_guard guard{mutex_};
  auto& e = entries_[name];
  if (e.gauges) {
    e.handled += e.gauges->handled();
    e.dropped += e.gauges->dropped();
    e.busy_ns += e.gauges->busy_ns();
    e.timed += e.gauges->timed();
  }
  ++e.lives;
  e.address = handle.address();
  e.gauges = std::move(gauges);
  e.gauges->watch(watched_);
}

void actor_board::watch(bool on) {
  std::lock_guard guard{mutex_};
  watched_ = on;
  for (auto& [name, e] : entries_)
    if (e.gauges)
      e.gauges->watch(on);
}

actor_view actor_board::view_of(const std::string& name) const {
  actor_view out;
  out.name = name;
  auto at = entries_.find(name);
  if (at == entries_.end())
    return out;
  auto& e = at->second;
  out.supervises = e.supervises;
  out.starts = e.lives;
  out.handled = e.handled;
  out.dropped = e.dropped;
  out.busy_ns = e.busy_ns;
  out.timed = e.timed;
  if (!e.gauges)
    return out;
  auto& g = *e.gauges;
  out.phase = g.phase();
  out.handled += g.handled();
  out.dropped += g.dropped();
  out.mailbox = g.mailbox();
  out.busy_ns += g.busy_ns();
  out.timed += g.timed();
  out.wait_ns = g.wait_ns();
  out.last_reason = g.error();
  return out;
}

void actor_board::add_below(const std::string& path,
                            std::vector<actor_view>& out) const {
  auto at = children_.find(path);
  if (at == children_.end())
    return;
  for (auto& child : at->second) {
    auto view = view_of(child_path(path, child.name));
    view.parent = path;
    view.state = child.state;
    if (!child.last_reason.empty())
      view.last_reason = child.last_reason;
    // Of one that is gone nothing waits.
    if (child.state == "waiting" || child.state == "down")
      view.mailbox = 0;
    auto name = view.name;
    out.push_back(std::move(view));
    add_below(name, out);
  }
}

std::vector<actor_view> actor_board::actors() const {
  std::lock_guard guard{mutex_};
  std::vector<actor_view> out;
  std::string root{root_name};
  if (!children_.contains(root))
    return out;
  out.push_back(view_of(root));
  out.back().state = "up";
  out.back().starts = 1;
  add_below(root, out);
  return out;
}

std::vector<restart_view> actor_board::restarts() const {
  std::lock_guard guard{mutex_};
  return {restarts_.begin(), restarts_.end()};
}

caf::actor actor_board::find(const std::string& name) const {
  std::lock_guard guard{mutex_};
  auto at = entries_.find(name);
  if (at == entries_.end())
    return {};
  auto handle = caf::actor_cast<caf::actor>(at->second.address);
  // Somebody else may still hold one that has ended.
  using caf::abstract_actor;
  if (handle
      && caf::actor_cast<abstract_actor*>(handle)->getf(
        abstract_actor::is_terminated_flag
        | abstract_actor::is_cleaned_up_flag))
    return {};
  return handle;
}

} // namespace observer
