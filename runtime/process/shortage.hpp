#pragma once

// Threads and descriptors: whether the process will get what it needs, and how
// a lack of them is told.
//
// A thread that cannot be made in the middle of a start cannot always be told in
// words: libraries end the process. So all that a start needs is asked for
// before it, at once, and given back.

#include <cstddef>
#include <exception>
#include <optional>
#include <string>

#include "messages/result.hpp"

namespace observer {

/// What `code`, an errno, says of descriptors; empty if it is about none.
std::string explain_descriptors(int code);

/// Can so many threads and descriptors be had, beside those there are? If not:
/// which, how many of them, and what to raise.
std::optional<problem> check_threads(size_t needed);
std::optional<problem> check_descriptors(size_t needed);

/// Why a start ended in this exception.
std::string words_of_failed_start(const std::exception_ptr& thrown);

} // namespace observer
