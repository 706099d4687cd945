#pragma once

// What the allocator does with memory that a burst has used.

#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace observer {

/// A burst's buffers are used again instead of being given back to the system
/// and asked for anew: the kernel clears every page that it gives. Of the whole
/// process; to be called before its threads.
inline void keep_memory() {
#ifdef __GLIBC__
  constexpr int kept_bytes = 64 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kept_bytes);
  ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
#endif
}

} // namespace observer
