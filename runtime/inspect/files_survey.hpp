#pragma once

// The journal's files as the folder and the manifests tell, and what a file of
// this hour usually holds by now.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/inspect/observation.hpp"

namespace observer {

/// Files of all datasets, also those that are compressed (`….jsonl.zst`), newest
/// day first, at most `files_max`; reads the directory and the manifests, nothing
/// else. `open` replaces what the directory says of files that are being written.
std::vector<file_observation>
survey_files(const std::string& data_dir, int64_t now_us,
             const std::vector<open_file_view>& open, size_t files_max);

} // namespace observer
