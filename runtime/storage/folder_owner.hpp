#pragma once

// Whose is what root makes in somebody else's folder?
//
// A service runs as a user of its own, and root gives a command by hand in its
// folder: a backup, a mark, a recorder to try it out. What is made then must
// be the service's, or it can neither read nor go on with it the next night.

#include <string>

namespace observer {

/// The directory that holds that name.
std::string parent_of(const std::string& path);

/// Gives a file or directory that this process has just made at `path` to the
/// owner of the folder in which it lies, if this is root and that one is not.
/// A file that holds something, or has another name, stays whose it is; so
/// does everything where root may not give away.
void leave_to_folder_owner(int descriptor, const std::string& path);

} // namespace observer
