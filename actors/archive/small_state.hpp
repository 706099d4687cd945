#pragma once

// Small JSON documents in DATA/state: written whole or not at all, and replaced
// only where what stands under the name is ours. Each begins with its kind.

#include <optional>
#include <string>
#include <string_view>

#include "actors/journal/file_system.hpp"

namespace observer {

inline constexpr size_t state_bytes_max = 256 * 1024;

/// `{"format":1,"kind":"day",`: what a document of this kind begins with.
std::string state_head(std::string_view kind);

struct state_text {
  /// Nothing if there is no file.
  std::optional<std::string> text;
  /// It could not be read, or is not ours.
  std::optional<io_problem> problem;
};
state_text read_state(file_system& fs, const std::string& path,
                      std::string_view kind);

/// `text` must begin with the head of its kind. Makes the folder. What has the
/// name and is not ours stays: EEXIST.
std::optional<io_problem> write_state(file_system& fs,
                                      const std::string& folder,
                                      const std::string& name,
                                      std::string_view kind,
                                      std::string_view text);

} // namespace observer
