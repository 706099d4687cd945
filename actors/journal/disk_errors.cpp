#include "actors/journal/disk_errors.hpp"

#include <cerrno>

namespace observer {

cause cause_of_errno(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return cause::disk_full;
    case EACCES:
    case EPERM:
    case EROFS:
      return cause::permission;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EAGAIN:
    case EINTR:
    case ENOLCK:
      return cause::out_of_resources;
    case ESTALE:
      return cause::file_taken;
    default:
      return cause::io_error;
  }
}

bool is_environment(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EACCES:
    case EPERM:
    case EROFS:
    // Exhausted, by whomever: it comes back.
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EAGAIN:
    case EINTR:
    case ENOLCK:
    // Somebody holds the place, or put something else there.
    case EBUSY:
    case ETXTBSY:
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    // A disk that is elsewhere, or unplugged.
    case ETIMEDOUT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ENOTCONN:
    case ENODEV:
    case ENXIO:
    case ESTALE:
      return true;
    default:
      return false;
  }
}

bool is_fault_of_ours(int code) {
  switch (code) {
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ECANCELED:
    case ENOTRECOVERABLE: // an exception
      return true;
    default:
      return false;
  }
}

} // namespace observer
