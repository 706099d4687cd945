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
#include "actors/ports/disk.hpp"
#include "messages/batches.hpp"
#include "messages/manifest.hpp"

namespace observer {

/// SHA-256 as it grows.
class sha256 {
 public:
  sha256();
  ~sha256();
  sha256(sha256&&) noexcept;
  sha256& operator=(sha256&&) noexcept;
  void add(std::string_view bytes);
  /// Lower-case hex of all that was added so far.
  std::string hex() const;
  /// What to go back to.
  sha256 copy() const;

 private:
  struct context;
  std::unique_ptr<context> context_;
};

/// Gathers what a manifest says, line batch by line batch.
class manifest_builder {
 public:
  /// `text` are the lines of the batch from `first_seq` on; all but their
  /// hash, see `hashed`.
  void add(const line_batch& batch, std::string_view text, uint64_t first_seq);
  /// The hash with what comes next. Bytes are hashed on their way to the disk,
  /// while the processor has them at hand, and belong to the file only when
  /// they are durable: then this is given back by `set_hash`.
  sha256 hashed() const {
    return hash_.copy();
  }
  void set_hash(sha256 hash) {
    hash_ = std::move(hash);
  }
  /// One line of a stream found on disk. A trade whose cumulative volume is in
  /// doubt moves that of the trades before by its own volume, `moves_by`.
  void add_line(const manifest_stream& line, std::string_view text,
                const std::optional<manifest_gap>& gap,
                const std::optional<uint64_t>& moves_by = std::nullopt);
  /// Bytes that are no line of ours and stay where they are, newlines
  /// included.
  void add_foreign(std::string_view text);
  /// That they are damage: to be called before they are added.
  void note_damage(uint64_t lines, uint64_t bytes);
  manifest finish(std::string file, std::string_view dataset, int64_t now_us,
                  std::string_view because) const;
  /// Without a hash, a name and a time of sealing.
  const manifest& so_far() const {
    return m_;
  }
  uint64_t bytes() const {
    return m_.bytes;
  }
  uint64_t lines() const {
    return m_.lines;
  }
  size_t streams_and_gaps() const {
    return m_.streams.size() + m_.gaps.size();
  }
  /// Of what was added so far.
  int64_t first_received_us() const {
    return m_.first_received_us.value_or(0);
  }
  int64_t last_received_us() const {
    return m_.last_received_us.value_or(0);
  }
  const std::vector<manifest_stream>& streams() const {
    return m_.streams;
  }
  manifest_builder clone() const {
    manifest_builder out;
    out.m_ = m_;
    out.hash_ = hash_.copy();
    return out;
  }
  std::string hash() const {
    return hash_.hex();
  }

 private:
  manifest_stream& stream(const std::string& session_id, int slot,
                          std::string_view tr_id, std::string_view symbol);
  void note_time(int64_t first_us, int64_t last_us);

  manifest m_;
  sha256 hash_;
};

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
  /// Is it under its name, with what was committed? ESTALE if not.
  std::optional<io_problem> verify() {
    return file_ ? file_->verify(committed_bytes()) : std::nullopt;
  }
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

/// The receive time that a line of the journal begins with; nothing if it does
/// not begin like one.
std::optional<int64_t> line_time(std::string_view line);

/// Days and hours name files: `20260914_15` for ticks, `20260914` otherwise.
std::string file_base(dataset data, int64_t received_us);
/// The period of a file as a number that grows: Korean hours or days.
int64_t file_period(dataset data, int64_t received_us);
/// When the period after this one begins, µs since the epoch.
int64_t file_period_end_us(dataset data, int64_t period);

} // namespace observer
