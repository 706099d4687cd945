#include "runtime/daemon/supervision_tree.hpp"

#include <fmt/format.h>

#include "actors/feed/remainder.hpp"

namespace observer {

using namespace std::chrono_literals;

namespace {

supervisor_config one_for_one(std::string name, const tree_parts& parts,
                              uint32_t intensity,
                              std::chrono::milliseconds period) {
  supervisor_config c;
  c.name = std::move(name);
  c.intensity = intensity;
  c.period = period;
  c.wall_us = parts.wall_us;
  c.board = parts.board;
  c.path = c.name;
  return c;
}

/// The handles that later branches need. Written and read by the guardian
/// only: it starts a branch after those before it.
struct branches {
  supervisor_actor persistence, collection;
};

/// A branch whose children are made when it is started.
child_spec
branch(supervisor_config config, std::chrono::milliseconds stop_deadline,
       std::function<std::vector<child_spec>()> children,
       std::function<void(const supervisor_actor&)> started = nullptr) {
  child_spec spec;
  spec.name = config.name;
  spec.stop_deadline = stop_deadline;
  spec.start = [config = std::move(config), children = std::move(children),
                started = std::move(started)](caf::local_actor* guardian) {
    auto handle = guardian->spawn(supervisor, config, children());
    if (started)
      started(handle);
    return caf::actor_cast<caf::actor>(handle);
  };
  return spec;
}

/// The supervisor that calls a child's start function.
supervisor_actor self_of(caf::local_actor* supervisor) {
  return caf::actor_cast<supervisor_actor>(supervisor->ctrl());
}

std::vector<child_spec> writers(const tree_parts& parts) {
  std::vector<child_spec> out;
  for (auto& config : parts.writers) {
    child_spec spec;
    spec.name = writer_name(config.data);
    spec.stop_deadline = 6s;
    spec.start = [config](caf::local_actor* supervisor) {
      return caf::actor_cast<caf::actor>(
        supervisor->spawn(journal_writer, config));
    };
    out.push_back(std::move(spec));
  }
  return out;
}

std::vector<child_spec> collection(const tree_parts& parts) {
  child_spec spec;
  spec.name = "credentials";
  spec.stop_deadline = 1s;
  spec.start = [config = parts.credentials](caf::local_actor* supervisor) {
    return caf::actor_cast<caf::actor>(supervisor->spawn(credentials, config));
  };
  return {std::move(spec)};
}

std::vector<child_spec> feed(const feed_parts& parts, const branches& up) {
  std::vector<child_spec> out;
  for (int i = 0; i < slots_per_session; ++i) {
    child_spec spec;
    spec.name = fmt::format("slot_{}", i);
    spec.stop_deadline = 3s;
    auto config = parts.slot;
    config.slot = i;
    config.persistence = up.persistence;
    spec.start = [config](caf::local_actor* supervisor) mutable {
      config.feed = self_of(supervisor);
      return caf::actor_cast<caf::actor>(supervisor->spawn(slot, config));
    };
    out.push_back(std::move(spec));
  }
  child_spec spec;
  spec.name = "connection";
  spec.stop_deadline = 4s;
  auto config = parts.connection;
  config.persistence = up.persistence;
  config.collection = up.collection;
  spec.start = [config](caf::local_actor* supervisor) {
    return caf::actor_cast<caf::actor>(supervisor->spawn(connection, config));
  };
  out.push_back(std::move(spec));
  return out;
}

std::string numbered(std::string_view name, size_t i) {
  return i == 0 ? std::string{name} : fmt::format("{}_{}", name, i + 1);
}

child_spec remainder_of(const tree_parts& parts, size_t i,
                        std::shared_ptr<const branches> up) {
  child_spec spec;
  spec.name = numbered("remainder", i);
  spec.stop_deadline = 3s;
  spec.finishes = true;
  spec.at_stop = [memory = parts.feeds[i].slot.memory] {
    memory->stops_for_good = true;
  };
  spec.start = [slot = parts.feeds[i].slot,
                up](caf::local_actor* guardian) {
    remainder_config config;
    config.slot = slot;
    config.slot.persistence = up->persistence;
    return caf::actor_cast<caf::actor>(guardian->spawn(remainder, config));
  };
  return spec;
}

std::vector<child_spec> watch(const tree_parts& parts) {
  child_spec spec;
  spec.name = "ledger";
  spec.stop_deadline = 1s;
  spec.start = [config = parts.ledger](caf::local_actor* supervisor) {
    return caf::actor_cast<caf::actor>(supervisor->spawn(ledger, config));
  };
  return {std::move(spec)};
}

std::vector<child_spec> archive(const archiver_config& parts,
                                const branches& up) {
  child_spec spec;
  spec.name = "archiver";
  spec.stop_deadline = 1s;
  auto config = parts;
  config.persistence = up.persistence;
  spec.start = [config](caf::local_actor* supervisor) {
    return caf::actor_cast<caf::actor>(supervisor->spawn(archiver, config));
  };
  return {std::move(spec)};
}

} // namespace

supervisor_actor start_tree(caf::actor_system& system,
                            const tree_parts& given) {
  auto parts = std::make_shared<const tree_parts>(given);
  auto up = std::make_shared<branches>();
  std::vector<child_spec> children;
  auto persistence = one_for_one("persistence", *parts, 5, 30s);
  persistence.stops_together = true;
  children.push_back(branch(
    std::move(persistence), 7s,
    [parts] { return writers(*parts); },
    [up](const supervisor_actor& s) { up->persistence = s; }));
  children.back().finishes = true;
  children.push_back(branch(
    one_for_one("collection", *parts, 5, 30s), 2s,
    [parts] { return collection(*parts); },
    [up](const supervisor_actor& s) { up->collection = s; }));
  for (size_t i = 0; i < parts->feeds.size(); ++i)
    children.push_back(remainder_of(*parts, i, up));
  // With the remainder after it, it stops within the daemon's own deadline.
  for (size_t i = 0; i < parts->feeds.size(); ++i)
    children.push_back(branch(one_for_one(numbered("feed", i), *parts, 10, 30s),
                              5s, [parts, up, i] {
                                return feed(parts->feeds[i], *up);
                              }));
  children.push_back(branch(one_for_one("watch", *parts, 5, 30s), 2s,
                            [parts] { return watch(*parts); }));
  if (parts->archive) {
    // More failures than its backoff lets happen.
    auto config = one_for_one("archive", *parts, 1'000, 60s);
    config.backoff.max = 600s;
    children.push_back(branch(std::move(config), 1500ms, [parts, up] {
      return archive(*parts->archive, *up);
    }));
  }
  supervisor_config guardian;
  guardian.name = "guardian";
  guardian.strategy = restart_strategy::rest_for_one;
  guardian.intensity = 3;
  guardian.period = 60s;
  guardian.wall_us = parts->wall_us;
  guardian.board = parts->board;
  guardian.path = guardian.name;
  auto root = system.spawn(supervisor, guardian, std::move(children));
  parts->board->began(guardian.name, caf::actor_cast<caf::actor>(root));
  return root;
}

} // namespace observer
