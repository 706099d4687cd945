#define CAF_SUITE messages_journal_event
#include "test.hpp"

#include "messages/flat_json.hpp"
#include "messages/journal_event.hpp"

namespace CAF_SUITE {

using namespace observer;
using samples::flat_json;

namespace {

// 2026-09-14T15:07:46.123456+09:00
constexpr int64_t afternoon_us = 1'789'366'066'123'456;

constexpr line_place place{afternoon_us, "run-1", -1, 9};

std::string line_of(const journal_event& e) {
  std::string out;
  append_event_line(out, e, place);
  return out;
}

} // namespace

CAF_TEST(an event that says little is a short line) {
  CAF_CHECK_EQUAL(
    line_of({.event = "started"}),
    R"({"timestamp":"2026-09-14T15:07:46.123456+09:00","event":"started",)"
    R"("session_id":"run-1","slot":-1,"seq":9})"
    "\n");
}

CAF_TEST(a gap tells cause and bounds and size in this order) {
  CAF_CHECK_EQUAL(
    line_of({.event = "gap",
             .why = cause::disconnected,
             .detail = "closed by \"peer\"",
             .tr_id = "H0STCNT0",
             .symbol = "005930",
             .tick_seq = 17,
             .from_us = afternoon_us - 1'000'000,
             .to_us = afternoon_us,
             .missing_shares = -12,
             .records = 0}),
    R"({"timestamp":"2026-09-14T15:07:46.123456+09:00","event":"gap",)"
    R"("cause":"disconnected","detail":"closed by \"peer\"",)"
    R"("tr_id":"H0STCNT0","symbol":"005930","tick_seq":17,)"
    R"("from":"2026-09-14T15:07:45.123456+09:00",)"
    R"("to":"2026-09-14T15:07:46.123456+09:00","missing_shares":-12,)"
    R"("records":0,"session_id":"run-1","slot":-1,"seq":9})"
    "\n");
}

CAF_TEST(every cause has a word of its own) {
  std::vector<std::string> lines;
  for (size_t i = 1; i < cause_count; ++i)
    lines.push_back(line_of({.event = "x", .why = static_cast<cause>(i)}));
  std::sort(lines.begin(), lines.end());
  CAF_CHECK(std::unique(lines.begin(), lines.end()) == lines.end());
  for (auto& line : lines) {
    CAF_CHECK(line.find("unknown") == std::string::npos);
    CAF_CHECK(!flat_json(line).empty());
  }
}

CAF_TEST(a detail of any bytes is one valid line) {
  std::string bytes;
  for (int c = 0; c < 256; ++c)
    bytes += static_cast<char>(c);
  CAF_CHECK(!flat_json(line_of({.event = "refused",
                                .detail = bytes,
                                .tr_id = "H0STCNT0",
                                .symbol = bytes}))
               .empty());
}

CAF_TEST(an event about no registration names no TR) {
  auto line = line_of({.event = "connected", .tr_id = "H0STCNT0"});
  CAF_CHECK(line.find("tr_id") == std::string::npos);
}

} // namespace CAF_SUITE
