#pragma once

// One file of the journal, from its creation to its manifest. Plain blocking
// code: runs inside disk jobs, one owner at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/journal/file_system.hpp"
#include "actors/journal/manifest_builder.hpp"
#include "actors/ports/disk.hpp"
#include "messages/batches.hpp"
#include "messages/manifest.hpp"

namespace observer {

/// What is to be written together: a batch, without its first lines if the
/// disk has them already.
struct commit_part {
  line_batch_ptr batch;
  uint32_t skip_lines = 0;

  /// The text to write.
  std::string_view text() const;
  uint64_t first_seq() const {
    return batch->first_seq + skip_lines;
  }
};

class journal_file {
 public:
  struct opened {
    std::unique_ptr<journal_file> file;
    std::optional<io_problem> problem;
  };
  /// Makes `DATA/<dataset>/<base>.jsonl`, or `<base>.1.jsonl`, … if that is
  /// taken: by a file, its manifest, its checkpoint or its archived form. Then
  /// syncs the directory: a file that was handed out survives. With a problem
  /// may come a file that could not be removed again: closed, empty, and to be
  /// sealed.
  static opened create(file_system& fs, const std::string& data_dir,
                       dataset data, const std::string& base);

  /// Writes and syncs all parts, into a file that is there under its name
  /// before and after. After a problem nothing is written to it any more: see
  /// how it stands, and cut it if it still has its name. `worker` is
  /// whose job this is: it helps with a large commit; null if nobody does.
  std::optional<io_problem> commit(const std::vector<commit_part>& parts,
                                   std::string& buffer,
                                   disk* worker = nullptr);
  /// Is it under its name, with what was committed? ESTALE if not. Of a file
  /// that was let go the size alone tells.
  std::optional<io_problem> verify();
  enum class standing : uint8_t {
    /// All that was committed is under its name, and perhaps more.
    whole,
    /// Less than was committed is under its name.
    shorter,
    /// Its name leads to nothing, or to another file.
    elsewhere,
    /// The disk does not say.
    unknown,
  };
  /// Of an open file.
  standing stands();
  /// Gives its descriptor back: what is in it can only be had by its name then.
  void let_go() {
    file_.reset();
  }
  /// Does its name lead to it, however long it is? ESTALE if not.
  std::optional<io_problem> check_name();
  /// Cuts it at its last good offset, if its name leads to it. Before this has
  /// succeeded, what was behind that offset must not be written to another file:
  /// it might be found in both.
  std::optional<io_problem> cut();
  /// Removes one that holds nothing, if its name leads to it.
  std::optional<io_problem> discard();
  /// Somebody writes a checkpoint beside it: it goes when the manifest comes, or
  /// when all that was in the file is elsewhere or told as lost.
  void note_checkpoint() {
    checkpointed_ = true;
  }
  void drop_checkpoint();
  /// Writes its manifest, if the file is there, and closes it. ESTALE if it is
  /// not: it stays open then, for whoever can save what was in it.
  std::optional<io_problem> seal(int64_t now_us, std::string_view because);

  // -- what was taken away, again ---------------------------------------------

  /// What is in the open file, whatever its name leads to.
  append_file::content read_own(uint64_t offset, uint64_t size_max);
  /// Writes bytes of another file's; they count once this one stands for it.
  std::optional<io_problem> append(std::string_view bytes);
  /// All of the other file's committed bytes were appended: syncs them, and
  /// has its lines from here on.
  std::optional<io_problem> stand_for(const journal_file& other);

  /// Relative to the data directory.
  const std::shared_ptr<const std::string>& name() const {
    return name_;
  }
  const std::string& path() const {
    return path_;
  }
  dataset data() const {
    return data_;
  }
  /// What is durable, without a hash, a name and a time of sealing.
  const manifest& so_far() const {
    return builder_.so_far();
  }
  uint64_t committed_bytes() const {
    return builder_.bytes();
  }
  uint64_t committed_lines() const {
    return builder_.lines();
  }
  /// What the manifest will list, and memory holds until then. A file that has
  /// so many is closed, and another part begun: each new session brings a
  /// stream for every slot.
  static constexpr size_t streams_and_gaps_max = 512;
  size_t streams_and_gaps() const {
    return builder_.streams_and_gaps();
  }
  int64_t first_received_us() const {
    return builder_.first_received_us();
  }
  int64_t last_received_us() const {
    return builder_.last_received_us();
  }
  const std::vector<manifest_stream>& streams() const {
    return builder_.streams();
  }
  /// SHA-256 of what was committed, in hex.
  std::string hash() const {
    return builder_.hash();
  }

 private:
  /// After a commit that ended in another file than it began in: what of it
  /// came into one that has our name must not be found there.
  void take_back(uint64_t bytes);
  journal_file(file_system& fs, dataset data) : fs_(fs), data_(data) {}

  file_system& fs_;
  dataset data_;
  std::string directory_, path_;
  std::shared_ptr<const std::string> name_;
  std::unique_ptr<append_file> file_;
  manifest_builder builder_;
  bool checkpointed_ = false;
};

/// Days and hours name files: `20260914_15` for ticks, `20260914` otherwise.
std::string file_base(dataset data, int64_t received_us);
/// The period of a file as a number that grows: Korean hours or days.
int64_t file_period(dataset data, int64_t received_us);
/// When the period after this one begins, µs since the epoch.
int64_t file_period_end_us(dataset data, int64_t period);

} // namespace observer
