#define CAF_SUITE actors_journal_manifest_builder
#include "actors/journal/manifest_builder.hpp"

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(sha256 is that of the standard) {
  sha256 hash;
  hash.add("a");
  hash.add("bc");
  CAF_CHECK_EQUAL(hash.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c"
                              "b410ff61f20015ad");
  CAF_CHECK_EQUAL(sha256{}.hex(),
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b785"
                  "2b855");
}

} // namespace CAF_SUITE
