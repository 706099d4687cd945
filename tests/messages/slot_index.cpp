#define CAF_SUITE messages_slot_index
#include "messages/slot_index.hpp"

#include "test.hpp"

#include <type_traits>

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(only numbers of slots become an index) {
  for (int64_t n = 0; n < slots_per_session; ++n)
    CAF_CHECK_EQUAL(size_t{slot_index::of(n).value()}, static_cast<size_t>(n));
  for (int64_t n : {int64_t{-1}, int64_t{slots_per_session}, int64_t{256},
                    INT64_MIN, INT64_MAX})
    CAF_CHECK(!slot_index::of(n));
}

CAF_TEST(no number becomes one unchecked) {
  CAF_CHECK((!std::is_constructible_v<slot_index, size_t>));
  CAF_CHECK((!std::is_convertible_v<int, slot_index>));
  CAF_CHECK((!std::is_default_constructible_v<slot_index>));
}

CAF_TEST(all are there in order) {
  size_t n = 0;
  for (auto i : slot_index::all())
    CAF_CHECK_EQUAL(size_t{i}, n++);
  CAF_CHECK_EQUAL(n, size_t{slots_per_session});
}

} // namespace CAF_SUITE
