#pragma once

// All that the console knows at one moment: what the daemon said last, and
// whether it still answers. A value: the poller hands out copies, the layout
// draws them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/console/terminal/model.hpp"

namespace observer::terminal {

struct contact {
  /// The last question was answered.
  bool reached = false;
  /// The first question was not answered yet, nor given up.
  bool first = true;
  /// Since the last answer; before any, since the console started.
  int64_t silent_us = 0;
  /// Why there is none, e.g. "connection refused".
  std::string why;
};

/// What became of the last action, or another thing worth a line.
struct notice {
  std::string text;
  bool bad = false;
  /// Counts notices: a new one has another number.
  uint64_t number = 0;
};

struct picture {
  std::string url;
  terminal::contact contact;
  /// Null before the first answer.
  std::shared_ptr<const terminal::status> status;
  /// Null where not asked for, or not yet answered: then the shorter lists of
  /// `status` are shown.
  std::shared_ptr<const std::vector<event>> events;
  std::shared_ptr<const std::vector<file>> files;
  std::shared_ptr<const terminal::slot_detail> slot_detail;
  std::optional<terminal::permissions> permissions;
  terminal::notice notice;
};

/// What the shown tab needs beyond GET /status.
struct wants {
  bool events = false;
  bool files = false;
  /// A slot that is opened.
  integer slot;

  bool operator==(const wants&) const = default;
};

/// Something to be done by the daemon: POST /api/actions.
struct action {
  std::string name;
  std::string target;
  std::string value;
};

} // namespace observer::terminal
