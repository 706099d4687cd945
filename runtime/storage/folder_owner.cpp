#include "runtime/storage/folder_owner.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace observer {

std::string parent_of(const std::string& path) {
  auto end = path.find_last_not_of('/');
  auto slash = end == path.npos ? path.npos : path.rfind('/', end);
  if (slash == path.npos)
    return end == path.npos ? "/" : ".";
  auto last = path.find_last_not_of('/', slash);
  return last == path.npos ? "/" : path.substr(0, last + 1);
}

void leave_to_folder_owner(int descriptor, const std::string& path) {
  if (::geteuid() != 0)
    return;
  struct stat made, folder;
  if (::fstat(descriptor, &made) != 0 || made.st_uid != 0
      || ::stat(parent_of(path).c_str(), &folder) != 0 || folder.st_uid == 0)
    return;
  if (!S_ISDIR(made.st_mode)
      && !(S_ISREG(made.st_mode) && made.st_nlink == 1 && made.st_size == 0))
    return;
  // Refused without the capability, and on some network file systems.
  [[maybe_unused]] auto refused = ::fchown(descriptor, folder.st_uid,
                                           folder.st_gid);
}

} // namespace observer
