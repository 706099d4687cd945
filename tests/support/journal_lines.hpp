#pragma once

// Lines and batches as slots make them, and what a journal on a memory file
// system says when it is read back.

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "actors/journal/outbox.hpp"
#include "messages/batches.hpp"
#include "support/memory_file_system.hpp"

namespace observer::test {

session_ptr make_session(uint32_t number);

inline const registration samsung{kis::tr::h0stcnt0, "005930"};
/// Slot 1 has samsung, each other a symbol of its own.
registration symbol_of(int slot);

/// Adds a line to the outbox: a trade of one share, or an event, or a rejected
/// record, as the dataset wants it. Without `accumulated` the volume follows
/// the sequence.
void add_line(outbox& box, dataset data, int slot, int64_t received_us,
              const registration& what = samsung,
              std::optional<uint64_t> accumulated = {});

/// Lines first..first+n-1 of a slot as one batch.
line_batch_ptr make_batch(dataset data, const session_ptr& session, int slot,
                          uint64_t first_seq, uint32_t n, int64_t received_us);

/// One record as found on disk.
struct found_record {
  std::string session;
  int slot = 0;
  uint64_t seq = 0;
  auto operator<=>(const found_record&) const = default;
};

struct found_journal {
  /// In the order of files and lines.
  std::vector<found_record> records;
  /// Lines that are no whole line, records that are there twice, streams that
  /// are out of order in a file or have a hole, manifests that do not fit their
  /// file; empty if all is well.
  std::string problems;
  /// Files without a manifest.
  std::vector<std::string> open;

  bool has(const std::string& session, int slot, uint64_t seq) const;
};
/// Reads `directory`/<dataset>, all files.
found_journal read_journal(const memory_file_system& fs,
                           const std::string& directory, dataset data);

} // namespace observer::test
