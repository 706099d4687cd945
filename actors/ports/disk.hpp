#pragma once

// The disk as actors see it: a place where work may block. The runtime
// implements it for real; tests and the simulation for themselves.

#include <functional>

namespace observer {

/// Where blocking file work is done, in order of submission, away from the
/// actors. The work ends by sending its result as a message.
class disk {
 public:
  virtual ~disk() = default;
  virtual void submit(std::function<void()> work) = 0;
  /// Within such work: does two parts of it, perhaps at the same time, and
  /// returns when both are done. What either throws leaves it.
  virtual void both(const std::function<void()>& one,
                    const std::function<void()>& other) {
    one();
    other();
  }
};

} // namespace observer
