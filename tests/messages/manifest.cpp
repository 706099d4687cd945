#define CAF_SUITE messages_manifest
#include "test.hpp"

#include <nlohmann/json.hpp>

#include "messages/kis/generate.hpp"
#include "messages/manifest.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

// 2026-09-14T15:07:46.123456+09:00
constexpr int64_t afternoon_us = 1'789'366'066'123'456;

manifest full() {
  manifest m;
  m.file = "20260914_15.jsonl";
  m.dataset = "scalp";
  m.lines = 3;
  m.bytes = 1'234;
  m.sha256 = std::string(64, 'a');
  m.first_received_us = afternoon_us;
  m.last_received_us = afternoon_us + 2;
  m.sealed_at_us = afternoon_us + 3;
  m.sealed_because = "hour";
  m.streams = {{"s-1", 3, "H0STCNT0", "005930", 7, UINT64_MAX, 2,
                14'871'538u, afternoon_us + 1},
               {"s-1", -1, "", "", 1, 1, 1, std::nullopt, afternoon_us + 2}};
  m.gaps = {{"s-1", 3, 8, "005930", "disconnected", -5}};
  return m;
}

void check_same(const manifest& a, const manifest& b) {
  CAF_CHECK_EQUAL(a.file, b.file);
  CAF_CHECK_EQUAL(a.dataset, b.dataset);
  CAF_CHECK_EQUAL(a.lines, b.lines);
  CAF_CHECK_EQUAL(a.bytes, b.bytes);
  CAF_CHECK_EQUAL(a.sha256, b.sha256);
  CAF_CHECK(a.first_received_us == b.first_received_us);
  CAF_CHECK(a.last_received_us == b.last_received_us);
  CAF_CHECK_EQUAL(a.sealed_at_us, b.sealed_at_us);
  CAF_CHECK_EQUAL(a.sealed_because, b.sealed_because);
  CAF_REQUIRE_EQUAL(a.streams.size(), b.streams.size());
  for (size_t i = 0; i < a.streams.size(); ++i) {
    auto& x = a.streams[i];
    auto& y = b.streams[i];
    CAF_CHECK_EQUAL(x.session_id, y.session_id);
    CAF_CHECK_EQUAL(x.slot, y.slot);
    CAF_CHECK_EQUAL(x.tr_id, y.tr_id);
    CAF_CHECK_EQUAL(x.symbol, y.symbol);
    CAF_CHECK_EQUAL(x.first_seq, y.first_seq);
    CAF_CHECK_EQUAL(x.last_seq, y.last_seq);
    CAF_CHECK_EQUAL(x.records, y.records);
    CAF_CHECK(x.last_accumulated == y.last_accumulated);
    CAF_CHECK_EQUAL(x.last_received_us, y.last_received_us);
  }
  CAF_REQUIRE_EQUAL(a.gaps.size(), b.gaps.size());
  for (size_t i = 0; i < a.gaps.size(); ++i) {
    CAF_CHECK_EQUAL(a.gaps[i].session_id, b.gaps[i].session_id);
    CAF_CHECK_EQUAL(a.gaps[i].slot, b.gaps[i].slot);
    CAF_CHECK_EQUAL(a.gaps[i].seq, b.gaps[i].seq);
    CAF_CHECK_EQUAL(a.gaps[i].symbol, b.gaps[i].symbol);
    CAF_CHECK_EQUAL(a.gaps[i].cause, b.gaps[i].cause);
    CAF_CHECK_EQUAL(a.gaps[i].missing_shares, b.gaps[i].missing_shares);
  }
}

} // namespace

CAF_TEST(a manifest reads back as it was) {
  auto read = parse_manifest(to_json(full()));
  CAF_REQUIRE(read.has_value());
  check_same(*read, full());
}

CAF_TEST(the manifest of an empty file has no first and last line) {
  manifest m;
  m.file = "20260914_16.jsonl";
  m.sealed_because = "stop";
  auto read = parse_manifest(to_json(m));
  CAF_REQUIRE(read.has_value());
  check_same(*read, m);
  CAF_CHECK(!read->first_received_us.has_value());
}

CAF_TEST(a manifest is indented json that ends in a newline) {
  auto text = to_json(full());
  CAF_CHECK(text.starts_with("{\n \"format\": 1,\n \"file\": "));
  CAF_CHECK(text.ends_with("\n}\n"));
  CAF_CHECK(nlohmann::json::accept(text));
}

CAF_TEST(streams that are no slots name neither symbol nor volume) {
  auto json = nlohmann::json::parse(to_json(full()));
  CAF_CHECK(json["streams"][0].contains("symbol"));
  CAF_CHECK(!json["streams"][1].contains("symbol"));
  CAF_CHECK(!json["streams"][1].contains("last_accumulated"));
}

CAF_TEST(a name that is no text is written without an exception) {
  auto m = full();
  m.gaps[0].symbol = "\xFF";
  CAF_CHECK(parse_manifest(to_json(m)).has_value());
}

CAF_TEST(another format is no manifest) {
  for (auto text : {"", "{", "[]", "1", "null", "{}", R"({"format":2})",
                    R"({"format":1})"})
    CAF_CHECK(!parse_manifest(text));
  auto text = to_json(full());
  text.replace(text.find("\"format\": 1"), 11, "\"format\": 2");
  CAF_CHECK(!parse_manifest(text));
}

CAF_TEST(a manifest without one of its members is none) {
  auto whole = nlohmann::json::parse(to_json(full()));
  for (auto& [key, value] : whole.items()) {
    auto damaged = whole;
    damaged.erase(key);
    CAF_CHECK(!parse_manifest(damaged.dump()));
  }
}

CAF_TEST(a cut manifest is none) {
  auto text = to_json(full());
  for (size_t n = 0; n + 2 < text.size(); ++n)
    CAF_REQUIRE(!parse_manifest(text.substr(0, n)));
}

CAF_TEST(a damaged manifest never throws) {
  auto seed = samples::fresh_seed();
  CAF_MESSAGE("seed " << seed);
  samples::maker make{seed};
  auto text = to_json(full());
  size_t refused = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    auto damaged = text;
    constexpr std::string_view bytes = "\"{}[],:0-x\\";
    damaged[at] = bytes[make.below(bytes.size())];
    refused += !parse_manifest(damaged);
  }
  CAF_CHECK_GREATER(refused, 0u);
}

CAF_TEST(a number that is not whole or does not fit makes no manifest) {
  auto good = nlohmann::json::parse(to_json(full()));
  CAF_REQUIRE(parse_manifest(good.dump()).has_value());
  for (auto bad : {"1.5", "-1", "1e300", "18446744073709551616", "\"1\"",
                   "null"}) {
    auto other = nlohmann::json::parse(bad);
    for (auto key : {"format", "lines", "bytes"}) {
      auto m = good;
      m[key] = other;
      CAF_CHECK(!parse_manifest(m.dump()).has_value());
    }
    for (auto key : {"first_seq", "last_seq", "records", "last_accumulated"}) {
      auto m = good;
      m["streams"][0][key] = other;
      CAF_CHECK(!parse_manifest(m.dump()).has_value());
    }
  }
  for (auto slot : {2147483648, -2147483649}) {
    auto m = good;
    m["streams"][0]["slot"] = slot;
    CAF_CHECK(!parse_manifest(m.dump()).has_value());
  }
}

} // namespace CAF_SUITE
