#include "runtime/log/log.hpp"

#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/sink.h>

#include "actors/supervision/last_words.hpp"
#include "messages/exceptions.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/process/output_queue.hpp"

namespace observer {

namespace {

/// `2026-09-14T15:07:46.123+09:00`: milliseconds are enough for people.
std::string log_time(spdlog::log_clock::time_point time) {
  using namespace std::chrono;
  auto text = timestamp(
    duration_cast<microseconds>(time.time_since_epoch()).count());
  return text.erase(text.find('.') + 4, 3);
}

/// Five letters at most, so that texts line up.
std::string_view short_level(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "trace";
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warn";
    case spdlog::level::err:
      return "error";
    default:
      return "crit";
  }
}

/// The words of log.level.
std::string_view long_level(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::warn:
      return "warning";
    case spdlog::level::critical:
      return "critical";
    default:
      return short_level(level);
  }
}

/// A message is one line, and cannot steer the terminal that shows it.
void append_escaped(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto n = utf8_length(text, i);
    if (text[i] == '\n')
      out += "\\n";
    else if (text[i] == '\r')
      out += "\\r";
    else if (text[i] == '\t')
      out += "\\t";
    else if (n == 0 || steers_terminal(text.substr(i, n)))
      for (auto byte : text.substr(i, std::max<size_t>(n, 1)))
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    else
      out.append(text, i, n);
    i += std::max<size_t>(n, 1);
  }
}

/// What of a message is shown.
std::string shown(std::string_view text) {
  auto part = utf8_prefix(text, log_text_bytes_max);
  auto out = redacted(text, part.size());
  if (part.size() < text.size())
    out += fmt::format("… (of {} bytes)", text.size());
  return out;
}

std::string_view view(spdlog::string_view_t text) {
  return {text.data(), text.size()};
}

struct parts {
  std::string_view logger;
  std::string_view text;
};

/// Actors share the default logger and begin a message with `[slot 3] `: that
/// is who speaks.
parts split(const spdlog::details::log_msg& message) {
  auto text = view(message.payload);
  constexpr size_t name_max = 40;
  auto end = text.find("] ");
  if (text.starts_with('[') && end != text.npos && end <= name_max)
    return {text.substr(1, end - 1), text.substr(end + 2)};
  auto name = view(message.logger_name);
  return {name.empty() ? "observer" : name, text};
}

class text_formatter : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& message,
              spdlog::memory_buf_t& out) override {
    auto line = fmt::format("{} {:<5} [", log_time(message.time),
                            short_level(message.level));
    auto [logger, text] = split(message);
    append_escaped(line, logger);
    line += "] ";
    append_escaped(line, shown(text));
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<text_formatter>();
  }
};

class json_formatter : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& message,
              spdlog::memory_buf_t& out) override {
    using json = nlohmann::ordered_json;
    auto [logger, text] = split(message);
    auto line = json_for_terminal(
      json{{"time", log_time(message.time)},
           {"level", long_level(message.level)},
           {"logger", logger},
           {"text", shown(text)}}
        .dump(-1, ' ', false, json::error_handler_t::replace));
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>();
  }
};

/// Formats where a message is logged, without a lock: so much is little work, and
/// the form is constant.
class queue_sink : public spdlog::sinks::sink {
public:
  void log(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    form()->format(message, line);
    standard_error().put({line.data(), line.size()});
  }
  void flush() override {
    constexpr std::chrono::milliseconds patience{1'000};
    flush_log(patience);
  }
  void set_pattern(const std::string&) override {
  }
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override {
    std::lock_guard guard{mutex_};
    form_ = std::move(formatter);
  }

private:
  std::shared_ptr<spdlog::formatter> form() const {
    std::lock_guard guard{mutex_};
    return form_;
  }

  mutable std::mutex mutex_;
  std::shared_ptr<spdlog::formatter> form_ = make_log_formatter("text");
};

std::string loss_line(const output_queue::loss& lost,
                      std::string_view format) {
  auto text = fmt::format("[log] {} lines of {} bytes were dropped here: {}",
                          lost.lines, lost.bytes, lost.why);
  spdlog::memory_buf_t line;
  make_log_formatter(format)->format(
    {spdlog::log_clock::now(), {}, "log", spdlog::level::err, text}, line);
  return {line.data(), line.size()};
}

bool is_out_of_memory(const std::exception_ptr& thrown) {
  try {
    if (thrown)
      std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
  }
  return false;
}

/// Instead of the library's, which writes to standard error itself.
[[noreturn]] void log_and_abort() {
  auto flush = [] { flush_log(std::chrono::milliseconds{1'000}); };
  auto current = std::current_exception();
  // A line of the log would need what there may be none of.
  auto said = !is_out_of_memory(current) && tries([&] {
    spdlog::critical("[observer] ends by an exception that nobody caught: {}",
                     current ? outside_text(words_of_exception(current))
                             : "none that is known");
    flush();
  });
  if (!said) {
    tries(flush);
    say_last_words("out of memory: ends by an exception that nobody caught");
  }
  std::abort();
}

std::atomic<spdlog::level::level_enum> level_set_up{spdlog::level::info};

spdlog::level::level_enum level_of(std::string_view word) {
  for (auto level : {spdlog::level::trace, spdlog::level::debug,
                     spdlog::level::warn, spdlog::level::err,
                     spdlog::level::critical})
    if (word == long_level(level))
      return level;
  return spdlog::level::info;
}

} // namespace

std::unique_ptr<spdlog::formatter>
make_log_formatter(std::string_view format) {
  if (format == "json")
    return std::make_unique<json_formatter>();
  return std::make_unique<text_formatter>();
}

void setup_log(std::string_view level, std::string_view format) {
  standard_error().tell_losses_by(
    [form = std::string{format}](const output_queue::loss& lost) {
      return loss_line(lost, form);
    });
  set_error_form(format == "json" ? line_form::json : line_form::text);
  std::set_terminate(log_and_abort);
  level_set_up = level_of(level);
  auto sink = std::make_shared<queue_sink>();
  spdlog::set_default_logger(
    std::make_shared<spdlog::logger>("observer", std::move(sink)));
  // The registry hands form and level to each logger that it holds, now and
  // later.
  spdlog::set_formatter(make_log_formatter(format));
  spdlog::set_level(level_set_up);
  // The library's own prints to standard error.
  spdlog::set_error_handler([](const std::string& what) noexcept {
    try {
      standard_error().put(error_line(
        "error", "observer: a line could not be logged: " + what));
    } catch (...) { // no memory: whoever logs goes on all the same
    }
  });
}

std::string_view toggle_debug_log() {
  auto set_up = level_set_up.load();
  auto now = spdlog::get_level();
  auto next = now != set_up                  ? set_up
              : set_up > spdlog::level::debug ? spdlog::level::debug
                                              : spdlog::level::info;
  spdlog::set_level(next);
  return long_level(next);
}

void log_always(std::string_view text) {
  tries([&] {
    auto logger = spdlog::default_logger();
    spdlog::details::log_msg line{
      logger->name(), spdlog::level::info, {text.data(), text.size()}};
    for (auto& sink : logger->sinks())
      sink->log(line);
  });
}

void flush_log(std::chrono::milliseconds patience) {
  standard_error().flush(patience);
}

uint64_t log_lines_dropped() {
  return standard_error().lines_dropped();
}

std::shared_ptr<spdlog::logger> named_logger(const std::string& name) {
  static std::mutex mutex;
  std::lock_guard guard{mutex};
  if (auto logger = spdlog::get(name))
    return logger;
  auto& sinks = spdlog::default_logger()->sinks();
  auto logger =
    std::make_shared<spdlog::logger>(name, sinks.begin(), sinks.end());
  spdlog::initialize_logger(logger);
  return logger;
}

} // namespace observer
