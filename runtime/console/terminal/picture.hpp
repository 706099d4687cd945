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

/// Why a request failed: the daemon refused with a status and words of its own,
/// or there was no answer (0), and why.
struct trouble {
  int http_status = 0;
  std::string why;
};

struct contact {
  /// The last question was answered.
  bool reached = false;
  /// The first question was not answered yet, nor given up.
  bool first = true;
  /// Since the last answer; before any, since the console started.
  int64_t silent_us = 0;
  /// Why there is none, e.g. "connection refused".
  terminal::trouble trouble;
};

/// Something to be done by the daemon: POST /api/actions.
struct action {
  std::string name;
  std::string target;
  std::string value;
};

/// What became of the last action, or another thing worth a line.
struct notice {
  enum class kind {
    /// Text: what the daemon said that it does; may be empty.
    accepted,
    /// For the trouble.
    failed,
    /// Not sent: the action before still waits.
    not_sent,
    /// The daemon was restarted. Text: its run.
    restarted,
  };
  kind is = kind::accepted;
  terminal::action action = {};
  std::string text = {};
  terminal::trouble trouble = {};
  /// Counts notices: a new one has another number; 0: none yet.
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

} // namespace observer::terminal
