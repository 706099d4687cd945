#pragma once

// What a manifest will say of a file, gathered as the file grows.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

} // namespace observer
