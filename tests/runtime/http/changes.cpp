#define CAF_SUITE runtime_http_changes
#include "runtime/http/changes.hpp"

#include <array>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using nlohmann::json;

namespace {

/// As a reader does it, from the contract in the header.
json applied(const json& change, json to) {
  if (change.is_array())
    return change.at(0);
  for (auto& [key, c] : change.items()) {
    if (to.is_array())
      to.at(std::stoul(key)) = applied(c, to.at(std::stoul(key)));
    else
      to[key] = applied(c, to.contains(key) ? to[key] : json{});
  }
  return to;
}

std::string changes(const char* before, const char* after) {
  auto a = json::parse(before), b = json::parse(after);
  auto c = changes_between(a, b);
  CAF_CHECK_EQUAL(applied(c, a), b);
  return c.dump();
}

struct random_documents {
  explicit random_documents(uint64_t seed) : random(seed) {}

  size_t below(size_t n) {
    return random() % n;
  }
  std::string key() {
    static const std::array<std::string, 14> odd{
      "",  "0",  "1", "-1", "00",        "a",         "b",
      "/", "~1", ".", "\"", "__proto__", "삼성전자", std::string(1, '\0')};
    return odd[below(odd.size())];
  }
  json scalar() {
    switch (below(8)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return static_cast<int64_t>(random());
      case 3:
        return below(3);
      case 4:
        return static_cast<double>(below(9)) / 4;
      case 5:
        return json::array();
      case 6:
        return json::object();
      default:
        return key();
    }
  }
  json document(size_t levels) {
    if (levels == 0 || below(4) == 0)
      return scalar();
    auto is_array = below(2) == 0;
    auto out = is_array ? json::array() : json::object();
    for (auto n = below(5); n > 0; --n) {
      if (is_array)
        out.push_back(document(levels - 1));
      else
        out[key()] = document(levels - 1);
    }
    return out;
  }
  /// Most of it as it was.
  json altered(json j, size_t levels) {
    if (below(6) == 0)
      return document(levels);
    if (j.is_array() && !j.empty()) {
      auto at = below(j.size());
      if (below(4) == 0)
        j.erase(at);
      else if (below(4) == 0)
        j.push_back(document(levels));
      else
        j[at] = altered(j[at], levels > 0 ? levels - 1 : 0);
    } else if (j.is_object() && !j.empty()) {
      auto at = j.begin();
      std::advance(at, below(j.size()));
      if (below(4) == 0)
        j.erase(at);
      else if (below(4) == 0)
        j[key()] = document(levels);
      else
        *at = altered(*at, levels > 0 ? levels - 1 : 0);
    }
    return j;
  }

  std::mt19937_64 random;
};

} // namespace

CAF_TEST(equal documents have no change) {
  CAF_CHECK_EQUAL(changes("{}", "{}"), "{}");
  CAF_CHECK_EQUAL(changes("[]", "[]"), "{}");
  CAF_CHECK_EQUAL(changes("null", "null"), "{}");
  CAF_CHECK_EQUAL(changes(R"({"a":[1,{"b":null}]})", R"({"a":[1,{"b":null}]})"),
                  "{}");
}

CAF_TEST(a change is said where it is and nothing else) {
  CAF_CHECK_EQUAL(changes(R"({"a":1,"b":{"c":2,"d":3}})",
                          R"({"a":1,"b":{"c":2,"d":4}})"),
                  R"({"b":{"d":[4]}})");
  CAF_CHECK_EQUAL(changes(R"({"slots":[{"n":1,"p":7},{"n":2,"p":7}]})",
                          R"({"slots":[{"n":1,"p":7},{"n":3,"p":7}]})"),
                  R"({"slots":{"1":{"n":[3]}}})");
}

CAF_TEST(what comes new within an object is written with it) {
  CAF_CHECK_EQUAL(changes("{}", R"({"a":{"b":1}})"), R"({"a":[{"b":1}]})");
  CAF_CHECK_EQUAL(changes(R"({"a":1})", R"({"a":1,"b":null})"),
                  R"({"b":[null]})");
}

CAF_TEST(an object that loses a key and an array that grows are written anew) {
  CAF_CHECK_EQUAL(changes(R"({"a":1,"b":2})", R"({"a":1})"), R"([{"a":1}])");
  CAF_CHECK_EQUAL(changes(R"({"o":{"a":1}})", R"({"o":{}})"),
                  R"({"o":[{}]})");
  CAF_CHECK_EQUAL(changes(R"({"l":[1,2]})", R"({"l":[1,2,3]})"),
                  R"({"l":[[1,2,3]]})");
  CAF_CHECK_EQUAL(changes(R"({"l":[1]})", R"({"l":[]})"), R"({"l":[[]]})");
}

CAF_TEST(a value may change its type) {
  CAF_CHECK_EQUAL(changes(R"({"a":1})", R"({"a":"1"})"), R"({"a":["1"]})");
  CAF_CHECK_EQUAL(changes(R"({"a":[]})", R"({"a":{}})"), R"({"a":[{}]})");
  CAF_CHECK_EQUAL(changes(R"({"a":null})", R"({"a":false})"),
                  R"({"a":[false]})");
  CAF_CHECK_EQUAL(changes("[1]", "{}"), "[{}]");
  CAF_CHECK_EQUAL(changes("1", "null"), "[null]");
}

CAF_TEST(whatever the documents the changes make one of the other) {
  auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  random_documents some{seed};
  for (int i = 0; i < 20'000; ++i) {
    auto before = some.document(4);
    auto after = some.below(4) == 0 ? some.document(4)
                                    : some.altered(before, 4);
    auto change = changes_between(before, after);
    if (applied(change, before) != after
        || change.empty() != (before == after))
      CAF_FAIL("seed " << seed << ": " << before << " to " << after << " is "
                       << change);
  }
}

} // namespace CAF_SUITE
