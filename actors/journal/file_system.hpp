#pragma once

// Files as the journal needs them: one small interface, so that a test can
// fail the n-th operation or lose what was not synced. Every call may block:
// only the disk's thread calls it (see runtime/storage/disk_thread.hpp).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace observer {

/// A failed operation: what, where, and the system's errno.
struct io_problem {
  /// "open", "write", "fdatasync", …
  std::string operation;
  std::string path;
  /// errno value.
  int code = 0;
  /// More that helps: uid, mode and owner on EACCES, bytes free on ENOSPC.
  std::string detail;

  /// `write data/scalp/…: No space left on device (errno 28); 0 bytes free …`
  std::string text() const;
};

/// An open file, appended to by one owner. Closing is the destructor's, and
/// says nothing: whoever wants to know syncs first.
class append_file {
 public:
  virtual ~append_file() = default;
  /// Appends all bytes or fails; on failure an unknown part may be written.
  virtual std::optional<io_problem> write(std::string_view bytes) = 0;
  /// A hint: more comes before the sync, and the disk may begin with what was
  /// written. Waits for nothing and promises nothing.
  virtual void begin_sync() {}
  /// All written bytes are on the disk when this returns without a problem.
  virtual std::optional<io_problem> sync() = 0;
  /// Is this file still what its name leads to, and `bytes` long? What is in a
  /// file that somebody deleted, moved, replaced or emptied, or whose folder
  /// or mount is gone, is recorded nowhere: fails with ESTALE, and the detail
  /// says what was found. A copy of all that was written passes until the next
  /// write, which it does not show.
  virtual std::optional<io_problem> verify(uint64_t bytes) = 0;
  struct content {
    std::string bytes;
    std::optional<io_problem> problem;
  };
  /// The bytes [offset, offset + size_max), fewer at the end, of this file
  /// whatever its name leads to now.
  virtual content read(uint64_t offset, uint64_t size_max) = 0;
};

/// Directory entries are durable only after sync_directory. A file is never
/// opened through a link: the name is ours, and what it leads to might not be.
/// A directory may be a link, to another disk for one.
class file_system {
 public:
  virtual ~file_system() = default;

  struct opened {
    std::unique_ptr<append_file> file;
    std::optional<io_problem> problem;
  };
  /// Makes a new file; fails with EEXIST if there is one.
  virtual opened create(const std::string& path) = 0;
  /// Opens an existing file to append.
  virtual opened open_existing(const std::string& path) = 0;

  using content = append_file::content;
  /// The bytes [offset, offset + size_max), fewer at the end.
  virtual content read(const std::string& path, uint64_t offset,
                       uint64_t size_max)
    = 0;
  struct measured {
    uint64_t bytes = 0;
    std::optional<io_problem> problem;
  };
  /// Brings a file that another process wrote to what the disk has of it: syncs
  /// it and drops it from the cache. After a sync that failed the cache shows
  /// bytes that will never be durable, and a further sync reports success;
  /// after this, reads from `from` on show what a power cut would leave.
  virtual std::optional<io_problem> settle(const std::string& path,
                                           uint64_t from = 0)
    = 0;
  /// The file's size; fails with ENOENT if there is none.
  virtual measured size(const std::string& path) = 0;

  struct listing {
    std::vector<std::string> names;
    std::optional<io_problem> problem = {};
    /// What is no file: directories, pipes, links, whatever they lead to.
    std::vector<std::string> others = {};
  };
  /// Names of what is in a directory, sorted; none if it does not exist. A
  /// directory that cannot be read is a problem, not an empty one.
  virtual listing list(const std::string& directory) = 0;
  /// Cuts the file to `size` bytes and syncs it. A file that is shorter is not
  /// made longer: fails with ESTALE.
  virtual std::optional<io_problem> truncate(const std::string& path,
                                             uint64_t size)
    = 0;
  virtual std::optional<io_problem> rename(const std::string& from,
                                           const std::string& to)
    = 0;
  virtual std::optional<io_problem> remove(const std::string& path) = 0;
  /// Makes a directory and its parents where they are missing. Its own entry
  /// and theirs are durable when this returns without a problem.
  virtual std::optional<io_problem> make_directory(const std::string& path) = 0;
  virtual std::optional<io_problem> sync_directory(const std::string& path) = 0;
  struct room {
    /// Free for us.
    uint64_t bytes = 0;
    /// How many more files can be made; nothing where there is no such bound.
    std::optional<uint64_t> inodes;
    std::optional<io_problem> problem;
    /// What we may use of it at all, free or not; 0 where that is not known.
    uint64_t total_bytes = 0;
  };
  /// What is free on the file system of `path`, or of the nearest directory
  /// above it that is there.
  virtual room free_room(const std::string& path) = 0;
};

} // namespace observer
