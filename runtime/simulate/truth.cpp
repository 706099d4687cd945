#include "runtime/simulate/truth.hpp"

#include <cerrno>
#include <cstring>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace observer::simulate {

void append_sent(std::string& out, uint64_t n, session_number session,
                 uint64_t frame_number, const data_frame& frame) {
  // Records are ASCII without quotes: nothing to escape. Appended by hand,
  // because at full rate this costs as much as making the record.
  auto number = [&](uint64_t x) {
    fmt::format_int text{x};
    out.append(text.data(), text.size());
  };
  for (size_t k = 0; k < frame.records.size(); ++k) {
    auto& x = frame.records[k];
    out += R"({"n":)";
    number(n + k);
    out += R"(,"session":)";
    number(session);
    out += R"(,"tr_id":")";
    out += frame.tr_id;
    out += R"(","symbol":")";
    out += frame.symbol;
    out += R"(","k":)";
    number(k);
    out += R"(,"frame":)";
    number(frame_number);
    out += R"(,"acml_vol":)";
    number(static_cast<uint64_t>(x.acml_vol));
    out += R"(,"record":")";
    out.append(frame.text, x.offset, x.size);
    out += "\"}\n";
  }
}

void append_bad(std::string& out, session_number session, uint64_t frame_number,
                std::string_view fault, std::string_view raw) {
  nlohmann::ordered_json line{{"bad", true},
                              {"session", session},
                              {"frame", frame_number},
                              {"fault", fault},
                              {"raw", raw}};
  out += line.dump();
  out += '\n';
}

void append_undelivered(std::string& out, session_number session,
                        uint64_t frame_first, uint64_t frame_last,
                        uint64_t records, std::string_view why) {
  nlohmann::ordered_json line{
    {"undelivered", true},        {"session", session},
    {"frame_first", frame_first}, {"frame_last", frame_last},
    {"records", records},         {"why", why}};
  out += line.dump();
  out += '\n';
}

bool truth_file::open(const std::string& path) {
  path_ = path;
  buffer_.resize(1024 * 1024);
  out_.rdbuf()->pubsetbuf(buffer_.data(),
                          static_cast<std::streamsize>(buffer_.size()));
  out_.open(path, std::ios::binary | std::ios::trunc);
  if (!out_) {
    fail("open");
    return false;
  }
  on_ = true;
  return true;
}

void truth_file::append(std::string_view lines) {
  if (!on_)
    return;
  out_.write(lines.data(), static_cast<std::streamsize>(lines.size()));
  if (!out_)
    fail("write");
}

void truth_file::flush() {
  if (on_ && !out_.flush())
    fail("write");
}

void truth_file::fail(const char* what) {
  problem_ = fmt::format("cannot {} the truth file {}: {}", what, path_,
                         std::strerror(errno));
  on_ = false;
}

} // namespace observer::simulate
