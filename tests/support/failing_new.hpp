#pragma once

// Memory that runs out: in this program every `new` of the marked code can be
// the one that fails, also those of the libraries. Code is marked by thread and
// by scope, so that what the test itself does is spared.

#include <cstdint>

namespace observer::test {

class failing_new {
 public:
  /// The n-th `new` of marked code from now on (1 is the next) and the
  /// `stretch` - 1 after it throw std::bad_alloc.
  static void fail_nth(uint64_t n, uint64_t stretch = 1);
  /// Nothing fails any more, nothing is counted.
  static void mend();
  /// Marked `new`s since fail_nth, those that failed too.
  static uint64_t seen();
  static uint64_t failed();
  /// Whether one that failed was asked for, however far above, by an exported
  /// function whose mangled name holds `part`. May be asked in a signal handler
  /// that does not return.
  static bool failed_below(const char* part);

  /// What this thread does is marked or not, until the end of the scope.
  class mark {
   public:
    explicit mark(bool marked);
    ~mark();
    mark(const mark&) = delete;
    mark& operator=(const mark&) = delete;

   private:
    bool before_;
  };
};

} // namespace observer::test
