#include "runtime/log/log.hpp"

#include <chrono>
#include <mutex>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>

#include "messages/korean_time.hpp"

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

/// A message is one line, and cannot steer the terminal that shows it: C0, DEL
/// and the C1 controls that UTF-8 writes as C2 80 … C2 9F.
void append_escaped(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1])
                                    : 0u;
    if (byte == '\n')
      out += "\\n";
    else if (byte == '\r')
      out += "\\r";
    else if (byte == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      out += fmt::format("\\x{:02x}", next);
      ++i;
    } else
      out += text[i];
  }
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
    append_escaped(line, redacted(text));
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
    auto line = json{{"time", log_time(message.time)},
                     {"level", long_level(message.level)},
                     {"logger", logger},
                     {"text", redacted(text)}}
                  .dump(-1, ' ', false, json::error_handler_t::replace);
    line += '\n';
    out.append(line.data(), line.data() + line.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>();
  }
};

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
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  spdlog::set_default_logger(
    std::make_shared<spdlog::logger>("observer", std::move(sink)));
  // The registry hands form and level to each logger that it holds, now and
  // later.
  spdlog::set_formatter(make_log_formatter(format));
  spdlog::set_level(level_of(level));
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
