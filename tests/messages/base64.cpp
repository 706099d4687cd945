#define CAF_SUITE messages_base64
#include "test.hpp"

#include "messages/base64.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

std::string to_base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

} // namespace

CAF_TEST(the examples of RFC 4648) {
  std::string_view text = "foobar";
  auto i = 0u;
  for (auto coded : {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=",
                     "Zm9vYmFy"}) {
    CAF_CHECK_EQUAL(to_base64(text.substr(0, i)), coded);
    CAF_CHECK_EQUAL(from_base64(coded).value_or("none"), text.substr(0, i));
    ++i;
  }
}

CAF_TEST(any bytes come back) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
    CAF_CHECK_EQUAL(from_base64(to_base64(all)).value_or("none"), all);
  }
}

CAF_TEST(what base64 does not write is not read) {
  for (auto bad : {"Z", "Zg", "Zg=", "Zh==", "Zg===", "Z===", "====", "Zm9v=",
                   "Zm9v\n", "Zm 9v", "Zg==Zg==", "\xFF\xFF\xFF\xFF"})
    CAF_CHECK(!from_base64(bad));
}

} // namespace CAF_SUITE
