#pragma once

// The daemon in one object: recovers the journal, starts the tree, and stops
// it in order. What `observer run` and `observer demo` are made of.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "messages/counters.hpp"
#include "messages/result.hpp"
#include "runtime/settings/config.hpp"

namespace observer {

class daemon {
 public:
  /// Claims the data directory, recovers what earlier runs left, and starts
  /// all actors and the HTTP service. The config must have credentials. With
  /// `allow_chaos` operators may crash writers.
  static result<std::unique_ptr<daemon>> start(const config& c,
                                               bool allow_chaos = false);

  /// Stops at once if it was not stopped.
  ~daemon();

  /// Nothing while it runs; the reason once the guardian gave up.
  std::string failure() const;

  /// What hangs, in words; empty if nothing does (see pulse.hpp). To be asked
  /// once a second, by one thread.
  std::string hangs();

  /// What it does now, in one sentence, as /ready says it; counts alone where
  /// there is no HTTP service.
  std::string words() const;

  /// Orderly: releases, drains, flushes, seals; within the stop deadline. False
  /// if the guardian had given up, or something still runs when the deadline has
  /// passed: whether records are in flight then, the counters say. The process
  /// must end without waiting for it.
  bool stop();

  /// After the stop: what is not in order, a line each. Records that were found
  /// gone since it began, files without a manifest.
  const std::vector<std::string>& left_undone() const;

  const session_counters& counters() const;
  const std::string& run_id() const;
  /// Of the HTTP service; 0 while there is none.
  uint16_t http_port() const;

 private:
  struct impl;
  explicit daemon(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

} // namespace observer
