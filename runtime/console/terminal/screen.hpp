#pragma once

// The terminal through ncurses: the only place that knows it.

#include <chrono>
#include <memory>
#include <optional>

#include "messages/result.hpp"
#include "runtime/console/terminal/layout.hpp"

namespace observer::terminal {

/// Makes the process speak UTF-8 where its environment does not say so, for
/// ncurses and the width of characters. Call once, first.
void ensure_utf8_locale();

/// One at a time. Takes standard input and output over; the destructor, and
/// std::terminate, give the terminal back as it was. All from one thread.
class screen {
public:
  /// A problem when they are no terminal, or one that cannot be drawn on.
  static result<std::unique_ptr<screen>> open();
  ~screen();
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  /// As it is now: follows the window.
  size extent() const;
  void show(const frame& f);

  enum class input { key, nothing, closed };
  /// Waits for a key at most so long, less when the window changes its size
  /// or a signal comes. `closed`: the terminal is gone.
  input next_key(key& into, std::chrono::milliseconds longest);

private:
  screen() = default;
  unsigned reads_in_vain_ = 0;
};

} // namespace observer::terminal
