#pragma once

// A file of a known size as what a program reads.

#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "actors/archive/backup_target.hpp"

namespace observer {

/// Gives what `from` gives and counts it in `given`, which outlives it; a problem
/// if that is more or less than `bytes`.
inline backup_target::bytes_source
sized_input(backup_target::bytes_source from, std::string name, uint64_t bytes,
            uint64_t& given) {
  return [from = std::move(from), name = std::move(name), bytes,
          &given]() -> result<std::string> {
    auto next = from();
    if (!next)
      return next;
    given += next->size();
    if (given > bytes || (next->empty() && given < bytes))
      return problem{fmt::format("{} of {} bytes came for {}", given, bytes,
                                 name)};
    return next;
  };
}

} // namespace observer
