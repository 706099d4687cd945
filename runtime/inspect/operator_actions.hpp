#pragma once

// Orders of an operator to the running daemon. Each goes to the actor that it
// concerns, and is written to the system journal with who gave it.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/feed/lane.hpp"
#include "actors/supervision/actor_board.hpp"
#include "messages/result.hpp"

namespace observer {

struct operator_action {
  /// restart_actor, pin, release, reconnect, rotate, log_level, crash_writer.
  std::string action;
  /// An actor, a slot's number, a session or a dataset.
  std::string target;
  std::string value;
  /// Who gives it, as they say, and from where.
  std::string who;
  std::string peer;
};

class operator_actions {
 public:
  /// With `chaos` writers may be crashed on purpose. `memory` knows which slot
  /// has which registration; without it each slot's own word has to do.
  operator_actions(std::shared_ptr<actor_board> actors, bool chaos,
                   std::shared_ptr<session_memory> memory = nullptr)
    : actors_(std::move(actors)), chaos_(chaos), memory_(std::move(memory)) {}

  /// What was done, in words; or why it was not.
  result<std::string> perform(const operator_action& order);
  std::vector<std::string_view> names() const;
  bool chaos() const {
    return chaos_;
  }

 private:
  result<std::string> act(const operator_action& order);
  result<std::string> restart(const operator_action& order);
  result<std::string> pin(const operator_action& order);
  result<std::string> release_slot(const operator_action& order);
  result<std::string> reconnect_session(const operator_action& order);
  result<std::string> rotate_file(const operator_action& order);
  result<std::string> set_log_level(const operator_action& order);
  result<std::string> crash_writer(const operator_action& order);

  std::shared_ptr<actor_board> actors_;
  bool chaos_;
  std::shared_ptr<session_memory> memory_;
};

} // namespace observer
