#pragma once

// A line of sh and what came of it, for tests of the executable.

#include <cstdio>
#include <string>

#include <sys/wait.h>

namespace observer::test {

struct shell_outcome {
  /// -1 if a signal ended it.
  int status = -1;
  /// What it wrote, as far as the line leads it to standard output.
  std::string text;
};

inline shell_outcome run_shell_line(const std::string& line) {
  shell_outcome out;
  auto* pipe = popen(line.c_str(), "r");
  if (!pipe)
    return out;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    out.text.append(buffer, n);
  auto status = pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

} // namespace observer::test
