#pragma once

// Exceptions on a thread of our own (no memory, above all): what they cost is
// the session, request or connection that they came from, told with its cause,
// and never the thread.

#include <chrono>
#include <exception>
#include <new>
#include <thread>

namespace observer {

/// What was thrown; does not throw.
inline const char* words_of_exception(const std::exception_ptr& thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::exception& e) {
    // Of what() nothing is known but that it is a text while `thrown` lives.
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

/// Whether `work` went well; it is tried once more, for a lack of memory that
/// passes.
template <class Work>
bool tries(Work&& work) noexcept {
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      work();
      return true;
    } catch (...) {
    }
  }
  return false;
}

/// The same for a word that somebody waits for: blocks this thread, which can
/// do nothing else without memory either, for up to a second.
template <class Work>
bool insists(Work&& work) noexcept {
  for (int attempt = 0; attempt < 50; ++attempt) {
    if (tries(work))
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return false;
}

} // namespace observer
