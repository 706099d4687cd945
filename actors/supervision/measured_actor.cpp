#include "actors/supervision/measured_actor.hpp"

#include <chrono>
#include <cstdlib>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include "actors/supervision/last_words.hpp"

namespace observer {

void schedule_again(caf::scheduled_actor& self) noexcept {
  // The message is in the mailbox: what failed comes after that. Of one that has
  // ended only an answer was not sent; one that is not scheduled cannot end now.
  if (self.mailbox().closed())
    return;
  constexpr int attempts_max = 5'000;
  for (int i = 0; i < attempts_max; ++i) {
    try {
      self.home_system().scheduler().enqueue(&self);
      return;
    } catch (...) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }
  // A log line may need memory, too.
  say_last_words("out of memory for seconds, actors cannot run: the process ends "
                 "so that its container starts anew");
  std::_Exit(1);
}

} // namespace observer
