#define CAF_SUITE runtime_console_terminal_model
#include "test.hpp"

#include "runtime/console/terminal/model.hpp"

#include <limits>

#include <nlohmann/json.hpp>

namespace CAF_SUITE {

using namespace observer::terminal;

namespace {

status status_of(const std::string& text) {
  return read_status(parse_object(text).value());
}

} // namespace

CAF_TEST(an empty object is a status of which nothing is known) {
  auto s = status_of("{}");
  CAF_CHECK(!s.received);
  CAF_CHECK(!s.recording);
  CAF_CHECK(!s.market_open);
  CAF_CHECK(s.sessions.empty());
}

CAF_TEST(what is known is read) {
  auto s = status_of(R"({"now_us":1789366066000000,"run_id":"r",
    "verdict":{"recording":false,"state":"not_recording","cause":"disk_full",
               "severity":"bad","text":"디스크"},
    "rates":{"received_per_s":1234.5,"persisted_per_s":0,"over_s":5},
    "ledger":{"received":97329,"ratio":0.5,
              "rejected_by_reason":{"bad_time":3,"garbage":0}},
    "disk":{"free_bytes":12},
    "sessions":[{"name":"session 1","phase":"open","slots":[
      {"slot":3,"state":"live","symbol":"005930","price":"70000"}]}],
    "events":[{"at_us":1,"event":"gap","cause":"exchange_gap","slot":-1}]})");
  CAF_CHECK_EQUAL(s.cause, "disk_full");
  CAF_CHECK_EQUAL(s.text, "디스크");
  CAF_CHECK_EQUAL(s.received.value(), 97329);
  CAF_REQUIRE_EQUAL(s.rejected_by_reason.size(), 1u);
  CAF_CHECK_EQUAL(s.rejected_by_reason[0].second, 3);
  CAF_REQUIRE_EQUAL(s.sessions.size(), 1u);
  CAF_REQUIRE_EQUAL(s.sessions[0].slots.size(), 1u);
  auto& slot = s.sessions[0].slots[0];
  CAF_CHECK_EQUAL(slot.session, "session 1");
  CAF_CHECK_EQUAL(slot.index.value(), 3);
  CAF_CHECK_EQUAL(slot.price, "70000");
  CAF_REQUIRE_EQUAL(s.events.size(), 1u);
  CAF_CHECK_EQUAL(s.events[0].slot.value(), -1);
}

CAF_TEST(fields of another type are as good as missing) {
  auto s = status_of(R"({"now_us":"later","verdict":[],"rates":null,
    "ledger":{"received":"many","ratio":"x","rejected_by_reason":[1]},
    "market":{"open":1},"sessions":{"name":1},"actors":[null,1,"x",{}],
    "disk":7,"events":[[]]})");
  CAF_CHECK(!s.now_us);
  CAF_CHECK(!s.received);
  CAF_CHECK(!s.market_open);
  CAF_CHECK(s.sessions.empty());
  CAF_CHECK_EQUAL(s.actors.size(), 1u);
  CAF_CHECK(s.events.empty());
}

CAF_TEST(a price may be a number and a cause none) {
  auto s = status_of(R"({"verdict":{"cause":"none"},
    "sessions":[{"slots":[{"price":70000,"received":1e30}]}]})");
  CAF_CHECK_EQUAL(s.cause, "");
  CAF_REQUIRE(!s.sessions.empty() && !s.sessions[0].slots.empty());
  CAF_CHECK_EQUAL(s.sessions[0].slots[0].price, "70000");
  CAF_CHECK(!s.sessions[0].slots[0].received);
}

CAF_TEST(the facts of the verdict and the sum of the day are read) {
  auto s = status_of(R"({"verdict":{"items":[
      {"kind":"closed","why":"holiday"},7,{"kind":"opens","at_us":1}]},
    "day":{"received":5,"gaps":2,"missing":[{"kind":"missing_unknown"},7]},
    "ledger":{"missing":[]},
    "sessions":[{"last_frame_us":3,"last_heard_us":4}]})");
  CAF_REQUIRE(s.items != nullptr);
  CAF_CHECK_EQUAL(s.items->size(), 2u);
  CAF_CHECK_EQUAL(s.closed_because, "holiday");
  CAF_REQUIRE(s.day.has_value());
  CAF_CHECK_EQUAL(s.day->gaps.value_or(-1), 2);
  CAF_CHECK(!s.day->lost);
  CAF_REQUIRE(s.day->missing && s.missing);
  CAF_CHECK_EQUAL(s.day->missing->size(), 1u);
  CAF_CHECK(s.missing->empty());
  CAF_REQUIRE_EQUAL(s.sessions.size(), 1u);
  CAF_CHECK_EQUAL(s.sessions[0].last_frame_us.value_or(-1), 3);
  CAF_CHECK_EQUAL(s.sessions[0].last_heard_us.value_or(-1), 4);
  auto without = status_of(R"({"verdict":{"items":{}},"day":null})");
  CAF_CHECK(without.items == nullptr);
  CAF_CHECK(!without.day);
}

CAF_TEST(what was never measured is unknown whatever an old daemon says) {
  auto text = [](int persisted) {
    return R"({"log_level":"warn","ledger":{"persisted":)"
           + std::to_string(persisted)
           + R"(},"latency":{"ack_p50_us":0,"fsync_p99_us":0}})";
  };
  CAF_CHECK(!status_of(text(0)).ack_p50_us);
  CAF_CHECK(!status_of(text(0)).fsync_p99_us);
  CAF_CHECK_EQUAL(status_of(text(3)).ack_p50_us.value_or(-1), 0);
  CAF_CHECK_EQUAL(status_of(text(0)).log_level, "warning");
}

CAF_TEST(numbers past what fits are held at the bound) {
  auto s = status_of(R"({"ledger":{"received":18446744073709551615}})");
  CAF_CHECK_EQUAL(s.received.value(), std::numeric_limits<int64_t>::max());
}

CAF_TEST(what is no JSON object is said) {
  for (auto text : {"", "[]", "1", "<html>", "{\"a\":"})
    CAF_CHECK(!parse_object(text).has_value());
}

CAF_TEST(permissions and details are read) {
  auto p = read_permissions(
    parse_object(R"({"token":null,"chaos":true,"actions":["pin",3]})").value());
  CAF_CHECK_EQUAL(p.token, "");
  CAF_CHECK(p.chaos);
  CAF_CHECK_EQUAL(p.actions, std::vector<std::string>{"pin"});
  auto d = read_slot_detail(
    parse_object(R"({"slot":{"slot":7},"ticks":[{"price":"1"}],
                     "volume":{"last_accumulated":null,"gaps":2}})")
      .value());
  CAF_CHECK_EQUAL(d.index.value(), 7);
  CAF_CHECK_EQUAL(d.ticks.size(), 1u);
  CAF_CHECK(!d.last_accumulated);
  CAF_CHECK_EQUAL(d.gap_count.value(), 2);
}

} // namespace CAF_SUITE
