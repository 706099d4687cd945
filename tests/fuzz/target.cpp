// The program that libFuzzer drives: one for each entry, which the build names
// in FUZZ_ENTRY.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "fuzz/entries.hpp"

#ifdef FUZZ_WHOLE_PATH
#include <cstring>
#include <fstream>

#include "fuzz/whole_path.hpp"

namespace {

/// What a finding needed to happen; alone it may not.
void keep_company() {
  std::ofstream{"build/fuzz/findings/whole_path-company", std::ios::binary}
    << observer::fuzz::whole_path_company();
}

} // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                          size_t max, unsigned int seed) {
  if (seed % 3 == 0)
    return LLVMFuzzerMutate(data, size, max);
  auto text = observer::fuzz::mutated_path(
    {reinterpret_cast<const char*>(data), size}, seed);
  text.resize(std::min(text.size(), max));
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    observer::fuzz::FUZZ_ENTRY({reinterpret_cast<const char*>(data), size});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "\nfinding: %s\n", e.what());
#ifdef FUZZ_WHOLE_PATH
    keep_company();
#endif
    std::abort();
  }
  return 0;
}
