#include "actors/supervision/last_words.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>

#include "messages/korean_time.hpp"

namespace observer {

namespace {

std::atomic<bool> in_json{false};

} // namespace

void last_words_in_json(bool json) noexcept {
  in_json.store(json, std::memory_order_relaxed);
}

void say_last_words(std::string_view text) noexcept {
  using namespace std::chrono;
  char time[timestamp_size];
  write_timestamp(time, duration_cast<microseconds>(
                          system_clock::now().time_since_epoch())
                          .count());
  // The date and time to the millisecond, and the zone: as in the log.
  constexpr int to_ms = 23, zone = 6;
  char line[512];
  auto words = static_cast<int>(text.size());
  auto n = in_json.load(std::memory_order_relaxed)
             ? std::snprintf(line, sizeof line,
                             R"({"time":"%.*s%.*s","level":"critical",)"
                             R"("logger":"observer","text":"%.*s"})"
                             "\n",
                             to_ms, time, zone, time + timestamp_size - zone,
                             words, text.data())
             : std::snprintf(line, sizeof line, "observer: %.*s\n", words,
                             text.data());
  if (n > 0 && static_cast<size_t>(n) < sizeof line
      && ::write(STDERR_FILENO, line, static_cast<size_t>(n)) < 0)
    return; // nobody is left to tell
}

} // namespace observer
