#pragma once

// A closed file of the journal is compressed: `20260914_15.jsonl` becomes
// `20260914_15.jsonl.zst` beside its manifest, which stays as it is and speaks
// of the lines.
//
// Order. The copy is made as `….jsonl.zst.tmp` and synced; what the disk has of
// it is read back and held against the manifest, byte count and SHA-256; only
// then it takes its name, the folder is synced, and the plain file goes. So at
// every moment one file under a name of the journal has all lines and was proven:
// a power cut leaves the plain file, or both, or the copy. Where both are there,
// readers take the plain one, and the next try proves the copy and removes it.
//
// What is not touched. A file without a manifest (it is being written, or nobody
// sealed it), with one that is not its own, of another length or other bytes
// than its manifest says; what is no file; what stands under the copy's name and
// is no copy of it. Under the temporary's name something is removed only if it is
// empty, zeros, or the beginning of a copy of this very file; else the next
// temporary name is taken.
//
// A file without a line stays plain: there is nothing to gain, and some readers
// (DuckDB before 1.1, polars 1.30) hang or fail at a compressed nothing.

#include <cstdint>
#include <functional>
#include <string>

#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"

namespace observer {

struct compressed_file {
  /// Relative to the data directory; the plain name where it stayed plain.
  std::string name;
  /// Of the lines, and of the file that holds them.
  uint64_t plain_bytes = 0, bytes = 0;
};

/// Compresses the sealed file `name` ("scalp/20260914_15.jsonl"). Of whatever
/// fails the problem says what it was; the lines are then in the plain file, or in
/// a copy that was proven. May be repeated at any time, and is done at once where
/// it was done before. Ends early, with a problem, when `go_on` says false; it is
/// asked at each MiB. Blocks for seconds: 1 MiB takes some 10 ms. Memory: some
/// MiB.
result<compressed_file> compress_file(file_system& fs,
                                      const std::string& data_dir,
                                      const std::string& name,
                                      const std::function<bool()>& go_on);

} // namespace observer
