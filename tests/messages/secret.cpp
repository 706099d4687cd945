#define CAF_SUITE messages_secret
#include "test.hpp"

#include "messages/secret.hpp"

#include <algorithm>
#include <cstddef>
#include <new>
#include <ostream>

#include <fmt/format.h>

namespace CAF_SUITE {

using namespace observer;

namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& x) { out << x; };

static_assert(!streamable<secret>);
static_assert(!fmt::is_formattable<secret>::value);
static_assert(!std::is_convertible_v<secret, std::string>);
static_assert(!std::is_convertible_v<secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, secret>);

} // namespace

CAF_TEST(a secret is revealed only when asked) {
  secret key{"PSabcdefghijklmnopqrstuvwxyz"};
  CAF_CHECK(!key.empty());
  CAF_CHECK_EQUAL(key.reveal(), "PSabcdefghijklmnopqrstuvwxyz");
  CAF_CHECK(secret{}.empty());
}

CAF_TEST(a secret survives copies and moves) {
  secret first{"a text too long for the string object itself"};
  auto copy = first;
  auto moved = std::move(first);
  CAF_CHECK_EQUAL(moved.reveal(), copy.reveal());
  CAF_CHECK(first.empty());
  secret other{"other"};
  other = std::move(moved);
  CAF_CHECK_EQUAL(other.reveal(), copy.reveal());
  CAF_CHECK(moved.empty());
  other = secret{"new"};
  CAF_CHECK_EQUAL(other.reveal(), "new");
}

CAF_TEST(the destructor wipes a short text where it lay) {
  alignas(secret) std::byte memory[sizeof(secret)];
  auto key = new (memory) secret{"SEKRIT7"};
  key->~secret();
  auto bytes = std::string(reinterpret_cast<char*>(memory), sizeof(memory));
  CAF_CHECK_EQUAL(bytes.find("SEKRIT7"), std::string::npos);
  CAF_CHECK_EQUAL(bytes.find("EKRIT7"), std::string::npos);
}

CAF_TEST(a move leaves no short text behind) {
  secret from{"SEKRIT7"};
  secret to = std::move(from);
  auto bytes = std::string(reinterpret_cast<char*>(&from), sizeof(from));
  CAF_CHECK_EQUAL(bytes.find("EKRIT7"), std::string::npos);
  CAF_CHECK_EQUAL(to.reveal(), "SEKRIT7");
}

CAF_TEST(wiping a string leaves zeros) {
  std::string text(100, 'x');
  auto data = text.data();
  wipe(text);
  CAF_CHECK(text.empty());
  CAF_CHECK(std::all_of(data, data + 100, [](char c) { return c == 0; }));
}

} // namespace CAF_SUITE
