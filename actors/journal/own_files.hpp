#pragma once

// Manifests and checkpoints beside the files of the journal: how they come to
// their names, and what of those names is not ours to touch.

#include <optional>
#include <string>
#include <string_view>

#include "actors/journal/file_system.hpp"
#include "messages/manifest.hpp"

namespace observer {

/// A name of ours may have been given to a file that is not. What stands under
/// the name of a manifest or checkpoint, or of a temporary of one, is removed and
/// replaced only if it is ours: it begins as they do, or holds nothing but the
/// zeros of a power cut. Nothing if it is so, or not there; EEXIST if it is
/// somebody else's.
std::optional<io_problem> check_own(file_system& fs, const std::string& path);
/// Removes it if it is ours. Nothing, too, if it is not there.
std::optional<io_problem> remove_own(file_system& fs, const std::string& path);
/// Nothing in it but zeros, if anything.
bool holds_nothing(std::string_view bytes);

/// Writes a manifest or checkpoint to a temporary file, and syncs that. Then it
/// takes the name, if that is free or ours. The directory is not synced.
std::optional<io_problem> put_beside(file_system& fs,
                                     const std::string& target,
                                     std::string_view text);

/// Writes `<path>.manifest.json` whole or not at all, and syncs the directory.
std::optional<io_problem> write_manifest(file_system& fs,
                                         const std::string& directory,
                                         const std::string& path,
                                         const manifest& m);

} // namespace observer
