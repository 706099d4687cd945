#include "actors/archive/compress_file.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "actors/archive/zstd_frames.hpp"
#include "actors/journal/manifest_builder.hpp"
#include "actors/journal/own_files.hpp"
#include "messages/journal_names.hpp"
#include "messages/manifest.hpp"

namespace observer {

namespace {

constexpr uint64_t piece_bytes = 1 << 20;
constexpr uint64_t manifest_bytes_max = 16 << 20;
/// What the copy may take of the room, at most: three times what it usually
/// does. The rest is for who records.
constexpr uint64_t room_share = 2;
constexpr uint64_t room_left_bytes = 64 << 20;

/// A name of the journal's own, taken apart: nothing else reaches a path.
struct place {
  dataset data = dataset::scalp;
  std::string directory, file;
};

std::optional<place> place_of(const std::string& data_dir,
                              const std::string& name) {
  auto slash = name.find('/');
  if (slash == name.npos)
    return std::nullopt;
  for (auto data : all_datasets)
    if (name.compare(0, slash, to_string(data)) == 0
        && parse_journal_name(name_period_of(data), name.substr(slash + 1)))
      return place{data, data_dir + "/" + std::string{to_string(data)},
                   name.substr(slash + 1)};
  return std::nullopt;
}

class file_compression {
 public:
  file_compression(file_system& fs, const place& at, std::string name,
              const std::function<bool()>& go_on)
    : fs_(fs), at_(at), name_(std::move(name)),
      plain_(at_.directory + "/" + at_.file),
      zstd_(plain_ + std::string{zstd_suffix}), go_on_(go_on) {}

  result<compressed_file> run() {
    if (auto bad = read_manifest())
      return problem{*bad};
    auto plain = fs_.size(plain_);
    auto plain_is_there = !plain.problem;
    if (plain.problem && plain.problem->code != ENOENT)
      return failed(*plain.problem);
    auto there = fs_.size(zstd_);
    if (there.problem && there.problem->code != ENOENT)
      return failed(*there.problem);
    if (!there.problem)
      return take_over(plain_is_there);
    if (!plain_is_there)
      return problem{fmt::format("{} is gone, and there is no {}{}: restore it "
                                 "from a backup, or remove its manifest",
                                 name_, name_, zstd_suffix)};
    if (plain.bytes != manifest_.bytes)
      return problem{fmt::format("{} has {} bytes and {} in its manifest: it is "
                                 "not compressed; `observer audit` says more",
                                 name_, plain.bytes, manifest_.bytes)};
    if (plain.bytes == 0)
      return compressed_file{name_, 0, 0};
    return make();
  }

 private:
  problem failed(const io_problem& bad) const {
    return {fmt::format("{} is not compressed: {}", name_, bad.text())};
  }
  problem stopped() const {
    return {fmt::format("{} is not compressed: stopped before it was done",
                        name_)};
  }

  problem not_what_was_sealed(const std::string& is) const {
    return {fmt::format("{} is not what was sealed: its SHA-256 is {} and {} in "
                        "its manifest; it is left as it is, and `observer "
                        "audit` says more",
                        name_, is, manifest_.sha256)};
  }
  bool go_on() const {
    return !go_on_ || go_on_();
  }

  std::optional<std::string> read_manifest() {
    auto beside = plain_ + std::string{manifest_suffix};
    auto got = fs_.read(beside, 0, manifest_bytes_max + 1);
    if (got.problem && got.problem->code == ENOENT)
      return fmt::format("{} is not compressed: it has no manifest, as it is "
                         "still written or was not sealed yet",
                         name_);
    if (got.problem)
      return failed(*got.problem).text;
    auto m = got.bytes.size() <= manifest_bytes_max
               ? parse_manifest(got.bytes)
               : std::nullopt;
    if (!m || m->file != at_.file || m->dataset != to_string(at_.data))
      return fmt::format("{} is not compressed: {}{} is not the manifest of it",
                         name_, name_, manifest_suffix);
    manifest_ = std::move(*m);
    return std::nullopt;
  }

  /// Words for why it is no copy; empty if it is.
  struct proof {
    std::string why;
    std::optional<io_problem> bad;
    bool stopped = false;
    uint64_t bytes = 0;
    bool good() const {
      return why.empty() && !bad && !stopped;
    }
  };

  /// Holds what the disk has of a copy against the manifest; against the frames
  /// that were written, too, if they are given.
  proof prove(const std::string& path,
              const std::vector<zstd_frame>* frames = nullptr) {
    proof out;
    if ((out.bad = fs_.settle(path)))
      return out;
    zstd_frame_reader reader;
    sha256 hash;
    uint64_t plain_bytes = 0;
    auto table = frames ? zstd_seek_table(*frames) : std::string{};
    std::string end;
    for (;;) {
      if (!go_on()) {
        out.stopped = true;
        return out;
      }
      auto got = fs_.read(path, out.bytes, piece_bytes);
      if (got.problem) {
        out.bad = got.problem;
        return out;
      }
      if (got.bytes.empty())
        break;
      out.bytes += got.bytes.size();
      end += got.bytes;
      end.erase(0, end.size() - std::min(end.size(), table.size()));
      auto whole = reader.add(got.bytes, [&](std::string_view lines) {
        plain_bytes += lines.size();
        hash.add(lines);
        return plain_bytes <= manifest_.bytes;
      });
      if (plain_bytes > manifest_.bytes) {
        out.why = "there is more in it";
        return out;
      }
      if (!whole) {
        out.why = fmt::format("no zstd before byte {}", out.bytes);
        return out;
      }
    }
    if (!reader.is_whole())
      out.why = "its end is missing";
    else if (plain_bytes != manifest_.bytes)
      out.why = fmt::format("{} bytes of {} are in it", plain_bytes,
                            manifest_.bytes);
    else if (hash.hex() != manifest_.sha256)
      out.why = "its lines have another SHA-256";
    else if (frames && (reader.frames() != *frames || end != table))
      out.why = "its table leads elsewhere";
    return out;
  }

  /// What has the copy's name already: of an earlier try, or somebody's.
  result<compressed_file> take_over(bool plain_is_there) {
    auto is = prove(zstd_);
    if (is.bad)
      return failed(*is.bad);
    if (is.stopped)
      return stopped();
    if (!is.good())
      return problem{fmt::format(
        "{}{} is no copy of what {} was sealed with ({}): it is left alone{}; "
        "move it to another folder",
        name_, zstd_suffix, name_, is.why,
        plain_is_there ? ", and so is the file" : "")};
    if (auto bad = fs_.sync_directory(at_.directory))
      return failed(*bad);
    compressed_file out{name_ + std::string{zstd_suffix}, manifest_.bytes,
                        is.bytes};
    if (!plain_is_there)
      return out;
    if (auto bad = check_plain())
      return std::move(*bad);
    return remove_plain(std::move(out));
  }

  /// Reads the plain file whole: is it what was sealed?
  std::optional<problem> check_plain() {
    sha256 hash;
    for (uint64_t at = 0;;) {
      if (!go_on())
        return stopped();
      auto got = fs_.read(plain_, at, piece_bytes);
      if (got.problem)
        return failed(*got.problem);
      if (got.bytes.empty())
        break;
      at += got.bytes.size();
      hash.add(got.bytes);
    }
    if (hash.hex() != manifest_.sha256)
      return not_what_was_sealed(hash.hex());
    return std::nullopt;
  }

  result<compressed_file> make() {
    auto room = fs_.free_room(at_.directory);
    if (room.problem)
      return failed(*room.problem);
    auto needed = manifest_.bytes / room_share + room_left_bytes;
    if (room.bytes < needed)
      return problem{fmt::format("{} is not compressed: {} bytes are free at {}, "
                                 "and {} are wanted, that who records has room "
                                 "meanwhile (errno {})",
                                 name_, room.bytes, at_.directory, needed,
                                 ENOSPC)};
    auto made = create_temporary();
    if (made.problem)
      return failed(*made.problem);
    auto out = fill(std::move(made.file));
    if (!out)
      // If this fails, too, the next try finds it.
      static_cast<void>(fs_.remove(temporary_));
    return out ? remove_plain(*out) : std::move(out);
  }

  file_system::opened create_temporary() {
    file_system::opened made;
    for (int n = 0; n < temporaries_max && !made.file; ++n) {
      temporary_ = temporary_name(zstd_, n);
      made = fs_.create(temporary_);
      if (made.problem && made.problem->code == EEXIST
          && is_half_copy(temporary_) && !fs_.remove(temporary_))
        made = fs_.create(temporary_);
      if (made.problem && made.problem->code != EEXIST)
        return made;
    }
    return made;
  }

  /// Is it what an earlier try left?
  bool is_half_copy(const std::string& path) {
    auto half = fs_.read(path, 0, piece_bytes);
    if (half.problem)
      return false;
    if (holds_nothing(half.bytes))
      return true;
    auto lines = fs_.read(plain_, 0, zstd_frame_writer::frame_bytes);
    if (lines.problem)
      return false;
    // As ours begins, and as far as it can be read what ours holds.
    std::string begin;
    zstd_frame_writer writer;
    if (!writer.add(std::string_view{lines.bytes}.substr(0, 1), begin)
        || !writer.finish(begin))
      return false;
    constexpr size_t header_bytes = 6;
    auto n = std::min(header_bytes, half.bytes.size());
    if (half.bytes.compare(0, n, begin, 0, n) != 0)
      return false;
    size_t same = 0;
    bool differs = false;
    zstd_frame_reader reader;
    reader.add(half.bytes, [&](std::string_view made) {
      made = made.substr(0, lines.bytes.size() - same);
      differs = lines.bytes.compare(same, made.size(), made) != 0;
      same += made.size();
      return !differs && same < lines.bytes.size();
    });
    return !differs;
  }

  /// Writes the copy, proves it, and gives it its name.
  result<compressed_file> fill(std::unique_ptr<append_file> file) {
    zstd_frame_writer writer;
    sha256 hash;
    std::string out;
    uint64_t read = 0, written = 0;
    auto put = [&]() -> std::optional<io_problem> {
      written += out.size();
      return out.empty() ? std::nullopt : file->write(std::exchange(out, {}));
    };
    while (read < manifest_.bytes) {
      if (!go_on())
        return stopped();
      auto got = fs_.read(plain_, read,
                          std::min(piece_bytes, manifest_.bytes - read));
      if (got.problem)
        return failed(*got.problem);
      if (got.bytes.empty())
        break;
      read += got.bytes.size();
      hash.add(got.bytes);
      auto frames = writer.frames().size();
      if (!writer.add(got.bytes, out))
        return no_memory();
      if (auto bad = put())
        return failed(*bad);
      if (writer.frames().size() > frames)
        file->begin_sync(); // not all at once, in the way of who records
    }
    if (hash.hex() != manifest_.sha256)
      return not_what_was_sealed(hash.hex());
    if (!writer.finish(out))
      return no_memory();
    if (auto bad = put())
      return failed(*bad);
    if (auto bad = file->sync())
      return failed(*bad);
    file.reset();
    auto is = prove(temporary_, &writer.frames());
    if (is.bad)
      return failed(*is.bad);
    if (is.stopped)
      return stopped();
    if (!is.good() || is.bytes != written)
      return problem{fmt::format("{} is not compressed: the copy that was read "
                                 "back from the disk is not what was written "
                                 "({}); the disk may be failing",
                                 name_,
                                 is.good() ? "another size" : is.why)};
    // Whoever took the name meanwhile keeps it.
    if (auto taken = fs_.size(zstd_); !taken.problem)
      return problem{fmt::format("{} is not compressed: there is a {}{} now",
                                 name_, name_, zstd_suffix)};
    else if (taken.problem->code != ENOENT)
      return failed(*taken.problem);
    if (auto bad = fs_.rename(temporary_, zstd_))
      return failed(*bad);
    if (auto bad = fs_.sync_directory(at_.directory))
      return failed(*bad);
    return compressed_file{name_ + std::string{zstd_suffix}, manifest_.bytes,
                           written};
  }

  result<compressed_file> remove_plain(compressed_file out) {
    // What somebody wrote behind our lines is in no copy.
    auto plain = fs_.size(plain_);
    if (plain.problem)
      return failed(*plain.problem);
    if (plain.bytes != manifest_.bytes)
      return problem{fmt::format("{} has {} bytes now and {} in its manifest: it "
                                 "is left beside {}{}",
                                 name_, plain.bytes, manifest_.bytes, name_,
                                 zstd_suffix)};
    if (auto bad = fs_.remove(plain_))
      return failed(*bad);
    if (auto bad = fs_.sync_directory(at_.directory))
      return problem{fmt::format("{} is compressed and removed, and a power cut "
                                 "may bring it back: {}",
                                 name_, bad->text())};
    return out;
  }

  problem no_memory() const {
    return {fmt::format("{} is not compressed: no memory for it", name_)};
  }

  file_system& fs_;
  place at_;
  /// Relative to the data directory; the others are paths.
  std::string name_, plain_, zstd_, temporary_;
  const std::function<bool()>& go_on_;
  manifest manifest_;
};

} // namespace

result<compressed_file> compress_file(file_system& fs,
                                      const std::string& data_dir,
                                      const std::string& name,
                                      const std::function<bool()>& go_on) {
  auto at = place_of(data_dir, name);
  if (!at)
    return problem{fmt::format("{} is no file of the journal: name one such as "
                               "scalp/20260914_15.jsonl",
                               name)};
  return file_compression{fs, *at, name, go_on}.run();
}

} // namespace observer
