#pragma once

// The writer's morning in small that the suites about faults live through, and
// what must hold after it: what was acknowledged is there, nothing is there
// twice, no line is torn.

#include "actors/journal/journal_fixture.hpp"

namespace observer::journal_test {

struct morning : fixture {
  morning() {
    supervised = true;
    config.seal_linger = 50ms;
    config.data = dataset::scalp;
    at("10:59:59.980000");
  }

  /// A morning in small: two slots, an hour's change, a commit of two hours, a
  /// new session, a writer and a producer that restart.
  void live() {
    start_writer();
    add(1, 3);
    add(2, 2);
    pass(10ms);
    add(1, 1);
    pass(9ms);
    add(1, 2);
    add(2, 2);
    pass(3ms);
    add(1, 1);
    add(2, 3);
    pass(30ms);
    begin_session(2);
    add(1, 2);
    pass(1s, 5ms);
    add(1, 1);
    add(2, 1);
    pass(3ms);
    if (supervised)
      restart_writer();
    add(2, 1);
    pass(10ms);
    restart_producer(2);
    add(2, 1);
    pass(10ms);
  }

  /// What must hold once the disk is well again.
  void check_end(const std::string& what) {
    mend();
    pass(1'300ms, 5ms);
    if (!all_acked())
      CAF_ERROR(what << ": not all is acknowledged");
    supervised = false;
    stop_writer();
    pass(1'100ms, 5ms);
    check_equal(what, end(), "asked to shut down");
    check_disk(what);
    auto found = journal();
    check_equal(what + " files left open", std::to_string(found.open.size()),
                "0");
  }

  /// The disk is well again.
  virtual void mend() {
    fs->mend();
  }

  void check_disk(const std::string& what) {
    check_equal(what, problems(), "");
    check_equal(what + " lost", missing(), "");
  }

  static void check_equal(const std::string& what, const std::string& is,
                          const std::string& wanted) {
    if (is != wanted)
      CAF_ERROR(what << ": \"" << is << "\" instead of \"" << wanted << "\"");
  }
};

} // namespace observer::journal_test
