#pragma once

// A program of somebody else's that moves a file for us: started without a shell,
// with no descriptor and no variable but what it is given, in a process group of
// its own, and ended, with all that it started, when it makes no progress or
// nobody waits for it any more.

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/result.hpp"

namespace observer {

struct child_job {
  /// The program first; without a slash it is looked for in PATH.
  std::vector<std::string> arguments;
  /// `NAME=value`; nothing else is in its environment.
  std::vector<std::string> environment = {};
  /// What it reads, the next bytes; none at the end. Null: nothing.
  std::function<result<std::string>()> input = {};
  /// Takes what it prints; a problem ends it. Null: that is dropped.
  std::function<result<>(std::string_view)> output = {};
  /// It is ended when it takes and gives nothing for so long.
  std::chrono::milliseconds patience{300'000};
  std::function<bool()> go_on = {};
};

/// A longer list of files is none.
inline constexpr size_t listing_bytes_max = 16 << 20;

struct child_end {
  /// 128 and the signal's number, if one ended it.
  int status = 0;
  /// The last that it said on standard error, bounded and without secrets.
  std::string said;
};

/// Blocks until it has ended. A problem if it could not be started, was ended by
/// us, or `input` or `output` had one. One at a time in a process: a second
/// caller waits.
result<child_end> run_child(const child_job& job);

/// PATH, what names proxies and certificates, the time zone and the language:
/// what such a program may need of ours.
std::vector<std::string> plain_environment();

} // namespace observer
