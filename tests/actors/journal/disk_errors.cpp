#define CAF_SUITE actors_journal_disk_errors
#include "actors/journal/disk_errors.hpp"

#include <cerrno>

#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(all that the system can run out of is an environment) {
  for (auto code : {EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOSPC, EDQUOT, EINTR,
                    EAGAIN, ENOLCK, ESTALE})
    CAF_CHECK(is_environment(code));
  for (auto code : {EIO, EBADF, EFAULT, ECANCELED})
    CAF_CHECK(!is_environment(code));
  // And what a disk says ends nobody.
  for (auto code : {EIO, EUCLEAN, EBADMSG, EREMOTEIO, EFBIG, EEXIST, ENOSPC})
    CAF_CHECK(!is_fault_of_ours(code));
  for (auto code : {EBADF, EFAULT, ECANCELED, ENOTRECOVERABLE})
    CAF_CHECK(is_fault_of_ours(code));
}

} // namespace CAF_SUITE
