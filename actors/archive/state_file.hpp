#pragma once

// Small files of ours below the data directory, `state/…`: JSON that begins with
// its format and kind, written whole or not at all.

#include <string>
#include <string_view>

#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"

namespace observer {

/// `{"format":1,"kind":"…"`: what a file of this kind begins with.
std::string state_file_head(std::string_view kind);

/// Makes the directory, writes `text` to a temporary file, syncs it, gives it the
/// name, and syncs the directory. What has the name, or that of the temporary,
/// is replaced only if it begins with `head` or holds nothing but the zeros of a
/// power cut.
result<> put_state_file(file_system& fs, const std::string& directory,
                        const std::string& name, std::string_view head,
                        std::string_view text);
/// The same where the directory must be there already.
result<> put_state_file_into(file_system& fs, const std::string& directory,
                             const std::string& name, std::string_view head,
                             std::string_view text);

} // namespace observer
