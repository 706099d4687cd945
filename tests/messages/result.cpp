#define CAF_SUITE messages_result
#include "test.hpp"

#include "messages/result.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

result<int> half(int x) {
  if (x % 2 != 0)
    return problem{"half of " + std::to_string(x) + ": expected an even number"};
  return x / 2;
}

result<> even(int x) {
  if (auto h = half(x); !h)
    return h.error();
  return {};
}

} // namespace

CAF_TEST(a result holds a value or a problem) {
  CAF_REQUIRE(half(4));
  CAF_CHECK_EQUAL(*half(4), 2);
  auto odd = half(3);
  CAF_REQUIRE(!odd);
  CAF_CHECK(odd.error().text == "half of 3: expected an even number");
}

CAF_TEST(a result of nothing tells success from failure) {
  CAF_CHECK(even(4));
  CAF_CHECK_EQUAL(even(3).error().text, half(3).error().text);
}

CAF_TEST(a string is a value and never a problem) {
  result<std::string> text = "plain";
  CAF_REQUIRE(text);
  CAF_CHECK_EQUAL(*text, "plain");
}

CAF_TEST(the value of a problem throws its text) {
  try {
    half(5).value();
    CAF_FAIL("no exception");
  } catch (const std::runtime_error& e) {
    CAF_CHECK_EQUAL(std::string{e.what()}, half(5).error().text);
  }
}

} // namespace CAF_SUITE
