#define CAF_SUITE messages_outside_json
#include "test.hpp"

#include <nlohmann/json.hpp>

#include "messages/outside_json.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

std::string brackets(size_t n) {
  return std::string(n, '[') + std::string(n, ']');
}

std::string trouble(std::string_view text) {
  auto value = parse_outside_json(text);
  return value ? value->dump() : value.error().text;
}

} // namespace

CAF_TEST(levels are counted outside of texts) {
  CAF_CHECK(!json_is_deeper("1", 0));
  CAF_CHECK(json_is_deeper("[]", 0));
  CAF_CHECK(!json_is_deeper(brackets(3), 3));
  CAF_CHECK(json_is_deeper(brackets(4), 3));
  CAF_CHECK(!json_is_deeper(R"([[],[],{},[]])", 2));
  CAF_CHECK(!json_is_deeper(R"(["[[[\"[[[\\"])", 1));
  CAF_CHECK(json_is_deeper(R"(["\\",[]])", 1));
  CAF_CHECK(!json_is_deeper("]]][", 1));
}

CAF_TEST(what is wrong is said) {
  CAF_CHECK_EQUAL(trouble(R"({"a":[1]})"), R"({"a":[1]})");
  CAF_CHECK_EQUAL(trouble(brackets(32)), brackets(32));
  CAF_CHECK_EQUAL(trouble(brackets(33)), "JSON of more than 32 levels");
  CAF_CHECK_EQUAL(trouble(std::string(900'000, '[')), "not JSON");
  CAF_CHECK_EQUAL(trouble("<html>"), "not JSON");
  CAF_CHECK_EQUAL(trouble(""), "not JSON");
  CAF_CHECK_EQUAL(trouble("{\"a\":\"\xFF\"}"), "not JSON");
}

CAF_TEST(a text in CP949 is read) {
  CAF_CHECK_EQUAL(trouble("{\"msg1\":\"\xC1\xA4\xBB\xF3\"}"),
                  R"({"msg1":"정상"})");
  CAF_CHECK_EQUAL(trouble("\xC1\xA4\xBB\xF3"), "not JSON");
}

} // namespace CAF_SUITE
