#include "actors/journal/journal_file.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include <fmt/format.h>

#include "actors/journal/own_files.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

namespace observer {

// -- periods --------------------------------------------------------------------

int64_t file_period(dataset data, int64_t received_us) {
  auto hour = korean_hour(received_us);
  return data == dataset::scalp ? hour : hour / 24;
}

int64_t file_period_end_us(dataset data, int64_t period) {
  return korean_hour_begin_us(data == dataset::scalp ? period + 1
                                                     : (period + 1) * 24);
}

std::string file_base(dataset data, int64_t received_us) {
  return data == dataset::scalp ? korean_date_hour(received_us)
                                : korean_date(received_us);
}

// -- journal_file -----------------------------------------------------------------

std::string_view commit_part::text() const {
  std::string_view rest = batch->text;
  for (uint32_t i = 0; i < skip_lines; ++i)
    rest.remove_prefix(rest.find('\n') + 1);
  return rest;
}

namespace {

struct taken_names {
  std::set<std::string> names;
  /// Behind the last part of the base.
  uint32_t next_part = 0;
  std::optional<io_problem> problem;
};

/// Files of the journal whose name is taken: by the file itself, or by what
/// stands beside a file that was compressed or moved away. A manifest must
/// never come to lie beside another file.
taken_names names_taken(file_system& fs, const std::string& directory,
                        dataset data, const std::string& base) {
  // What a stranger may have numbered so is passed over.
  constexpr uint32_t parts_max = 1 << 30;
  taken_names out;
  auto listed = fs.list(directory);
  out.problem = listed.problem;
  for (auto* names : {&listed.names, &listed.others})
    for (auto& name : *names)
      if (auto entry = parse_journal_entry(name_period_of(data), name)) {
        auto part = entry->name.part;
        if (entry->file.starts_with(base + ".") && part < parts_max)
          out.next_part = std::max(out.next_part, part + 1);
        out.names.insert(std::move(entry->file));
      }
  return out;
}

} // namespace

journal_file::opened journal_file::create(file_system& fs,
                                          const std::string& data_dir,
                                          dataset data,
                                          const std::string& base) {
  auto out = std::unique_ptr<journal_file>(new journal_file(fs, data));
  auto folder = std::string{to_string(data)};
  out->directory_ = data_dir + "/" + folder;
  if (auto bad = fs.make_directory(out->directory_))
    return {nullptr, bad};
  auto taken = names_taken(fs, out->directory_, data, base);
  if (taken.problem)
    return {nullptr, taken.problem};
  // Somebody may be making files at the same time.
  constexpr uint32_t attempts_max = 1'000;
  for (uint32_t i = 0; i < attempts_max; ++i) {
    auto part = taken.next_part + i;
    auto file = part == 0 ? base + ".jsonl"
                          : fmt::format("{}.{}.jsonl", base, part);
    if (taken.names.contains(file))
      continue;
    auto path = out->directory_ + "/" + file;
    auto made = fs.create(path);
    if (made.problem && made.problem->code == EEXIST)
      continue;
    if (made.problem)
      return {nullptr, made.problem};
    out->file_ = std::move(made.file);
    out->path_ = path;
    out->name_ = std::make_shared<const std::string>(folder + "/" + file);
    // An empty file whose entry may vanish is worthless: gone again if the
    // directory does not sync.
    if (auto bad = fs.sync_directory(out->directory_)) {
      if (out->discard())
        return {std::move(out), bad};
      return {nullptr, bad};
    }
    return {std::move(out), std::nullopt};
  }
  return {nullptr, io_problem{"open", out->directory_ + "/" + base + ".jsonl",
                              EEXIST, "the numbers of its parts are taken"}};
}

namespace {

/// Written at once: what the processor's cache holds.
constexpr size_t piece_bytes = 128 * 1024;
/// So much is worth that the disk begins with it, and that somebody helps.
constexpr size_t large_bytes = 512 * 1024;

size_t bytes_of(const std::vector<commit_part>& parts) {
  size_t n = 0;
  for (auto& p : parts)
    n += p.batch->text.size();
  return n;
}

/// Copies the parts into pieces and writes those; `each` sees every piece.
template <class Each>
std::optional<io_problem> write_in_pieces(append_file& file,
                                          const std::vector<commit_part>& parts,
                                          std::string& buffer, Each each) {
  size_t written = 0;
  buffer.clear();
  auto write = [&]() -> std::optional<io_problem> {
    each(std::string_view{buffer});
    auto bad = file.write(buffer);
    written += buffer.size();
    buffer.clear();
    return bad;
  };
  for (auto& p : parts) {
    if (written >= large_bytes) {
      file.begin_sync();
      written = 0;
    }
    buffer += p.text();
    if (buffer.size() >= piece_bytes)
      if (auto bad = write())
        return bad;
  }
  return buffer.empty() ? std::nullopt : write();
}

} // namespace

std::optional<io_problem>
journal_file::commit(const std::vector<commit_part>& parts,
                     std::string& buffer, disk* worker) {
  if (auto gone = verify())
    return gone;
  auto hash = builder_.hashed();
  std::optional<io_problem> bad;
  if (worker != nullptr && bytes_of(parts) >= large_bytes)
    // Hashing takes about as long as writing.
    worker->both(
      [&] {
        for (auto& p : parts)
          hash.add(p.text());
      },
      [&] {
        bad = write_in_pieces(*file_, parts, buffer, [](std::string_view) {});
      });
  else
    bad = write_in_pieces(*file_, parts, buffer,
                          [&](std::string_view piece) { hash.add(piece); });
  if (bad)
    return bad;
  if ((bad = file_->sync()))
    return bad;
  uint64_t added = 0;
  for (auto& p : parts)
    added += p.text().size();
  if ((bad = file_->verify(committed_bytes() + added))) {
    take_back(added);
    return bad;
  }
  for (auto& p : parts)
    builder_.add(*p.batch, p.text(), p.first_seq());
  builder_.set_hash(std::move(hash));
  return std::nullopt;
}

std::optional<io_problem> journal_file::seal(int64_t now_us,
                                             std::string_view because) {
  // Until it has its manifest somebody may take it away.
  if (auto gone = verify())
    return gone;
  auto file = path_.substr(directory_.size() + 1);
  if (auto bad = write_manifest(fs_, directory_, path_,
                                builder_.finish(file, to_string(data_), now_us,
                                                because)))
    return bad;
  file_.reset();
  drop_checkpoint();
  return std::nullopt;
}

void journal_file::drop_checkpoint() {
  if (checkpointed_)
    remove_own(fs_, path_ + std::string{checkpoint_suffix});
}

journal_file::standing journal_file::stands() {
  auto named = fs_.size(path_);
  if (named.problem)
    return named.problem->code == ENOENT || named.problem->code == ENOTDIR
             ? standing::elsewhere
             : standing::unknown;
  if (auto bad = file_ ? file_->verify(named.bytes) : std::nullopt)
    return bad->code == ESTALE ? standing::elsewhere : standing::unknown;
  return named.bytes < committed_bytes() ? standing::shorter : standing::whole;
}

void journal_file::take_back(uint64_t bytes) {
  auto named = fs_.size(path_);
  if (named.problem || file_->verify(named.bytes))
    return;
  // At or behind what was committed it is cut as after any failure.
  if (named.bytes < committed_bytes() + bytes)
    fs_.truncate(path_, named.bytes - std::min(named.bytes, bytes));
}

append_file::content journal_file::read_own(uint64_t offset,
                                            uint64_t size_max) {
  if (!file_)
    return {{}, io_problem{"read", path_, EBADF, "it is closed"}};
  return file_->read(offset, size_max);
}

std::optional<io_problem> journal_file::append(std::string_view bytes) {
  return file_->write(bytes);
}

std::optional<io_problem> journal_file::stand_for(const journal_file& other) {
  if (auto bad = file_->sync())
    return bad;
  if (auto bad = file_->verify(other.committed_bytes()))
    return bad;
  builder_ = other.builder_.clone();
  return std::nullopt;
}

std::optional<io_problem> journal_file::verify() {
  if (file_)
    return file_->verify(committed_bytes());
  if (auto bad = check_name())
    return bad;
  auto named = fs_.size(path_);
  if (!named.problem && named.bytes != committed_bytes())
    return io_problem{"verify", path_, ESTALE,
                      fmt::format("it has {} bytes, and {} were written",
                                  named.bytes, committed_bytes())};
  return named.problem;
}

std::optional<io_problem> journal_file::check_name() {
  auto named = fs_.size(path_);
  if (named.problem) {
    auto& code = named.problem->code;
    if (code == ENOENT || code == ENOTDIR || code == ELOOP)
      code = ESTALE;
    return named.problem;
  }
  return file_ ? file_->verify(named.bytes) : std::nullopt;
}

std::optional<io_problem> journal_file::cut() {
  if (auto bad = check_name())
    return bad;
  return fs_.truncate(path_, committed_bytes());
}

std::optional<io_problem> journal_file::discard() {
  if (auto bad = check_name())
    return bad;
  return fs_.remove(path_);
}

} // namespace observer
