#include "runtime/process/error_line.hpp"

#include <atomic>
#include <chrono>

#include <fmt/format.h>

#include "messages/jsonl.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"

namespace observer {

namespace {

std::atomic<line_form> form{line_form::text};

} // namespace

void set_error_form(line_form next) {
  form.store(next, std::memory_order_relaxed);
}

line_form error_form() {
  return form.load(std::memory_order_relaxed);
}

std::string error_line(std::string_view level, std::string_view text) {
  constexpr size_t text_bytes_max = 4'000, name_bytes_max = 40;
  if (error_form() == line_form::text)
    return outside_text(text, text_bytes_max) + '\n';
  auto shown = redacted(text, text_bytes_max);
  std::string_view words = shown, logger = "observer";
  if (auto end = words.find(": "); words.starts_with("observer")
                                   && end <= name_bytes_max) {
    logger = words.substr(0, end);
    words.remove_prefix(end + 2);
  }
  using namespace std::chrono;
  // Milliseconds, as in the log.
  auto time = timestamp(duration_cast<microseconds>(
                          system_clock::now().time_since_epoch())
                          .count());
  time.erase(time.find('.') + 4, 3);
  auto out = fmt::format(R"({{"time":"{}","level":"{}","logger":)", time, level);
  append_json_string(out, logger);
  out += R"(,"text":)";
  append_json_string(out, words);
  return out + "}\n";
}

} // namespace observer
