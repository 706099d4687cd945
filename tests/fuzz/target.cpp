// The program that libFuzzer drives: one for each entry, which the build names
// in FUZZ_ENTRY.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "fuzz/entries.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    observer::fuzz::FUZZ_ENTRY({reinterpret_cast<const char*>(data), size});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "\nfinding: %s\n", e.what());
    std::abort();
  }
  return 0;
}
