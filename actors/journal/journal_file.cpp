#include "actors/journal/journal_file.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"

namespace observer {

// -- sha256 -------------------------------------------------------------------

struct sha256::context {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  ~context() {
    EVP_MD_CTX_free(ctx);
  }
};

sha256::sha256() : context_(std::make_unique<context>()) {
  EVP_DigestInit_ex(context_->ctx, EVP_sha256(), nullptr);
}
sha256::~sha256() = default;
sha256::sha256(sha256&&) noexcept = default;
sha256& sha256::operator=(sha256&&) noexcept = default;

void sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(context_->ctx, bytes.data(), bytes.size());
}

sha256 sha256::copy() const {
  sha256 out;
  EVP_MD_CTX_copy_ex(out.context_->ctx, context_->ctx);
  return out;
}

std::string sha256::hex() const {
  auto whole = copy();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(whole.context_->ctx, digest, &size);
  std::string out;
  for (unsigned int i = 0; i < size; ++i)
    fmt::format_to(std::back_inserter(out), "{:02x}", digest[i]);
  return out;
}

// -- manifest_builder ---------------------------------------------------------

manifest_stream& manifest_builder::stream(const std::string& session_id,
                                          int slot, std::string_view tr_id,
                                          std::string_view symbol) {
  // The newest streams are at the end, and there are few.
  for (auto i = m_.streams.rbegin(); i != m_.streams.rend(); ++i)
    if (i->slot == slot && i->session_id == session_id && i->tr_id == tr_id
        && i->symbol == symbol)
      return *i;
  auto& added = m_.streams.emplace_back();
  added.session_id = session_id;
  added.slot = slot;
  added.tr_id = tr_id;
  added.symbol = symbol;
  return added;
}

void manifest_builder::note_time(int64_t first_us, int64_t last_us) {
  m_.first_received_us = m_.first_received_us
                           ? std::min(*m_.first_received_us, first_us)
                           : first_us;
  m_.last_received_us = m_.last_received_us
                          ? std::max(*m_.last_received_us, last_us)
                          : last_us;
}

void manifest_builder::add(const line_batch& batch, std::string_view text,
                           uint64_t first_seq) {
  auto& s = batch.what ? stream(batch.session->id, batch.slot,
                                to_string(batch.what->id), batch.what->symbol)
                       : stream(batch.session->id, batch.slot, {}, {});
  auto lines = batch.last_seq() - first_seq + 1;
  if (s.records == 0)
    s.first_seq = first_seq;
  s.last_seq = batch.last_seq();
  s.records += lines;
  s.last_received_us = batch.last_received_us;
  if (batch.last_accumulated) {
    s.last_accumulated = batch.last_accumulated;
    s.last_day = batch.last_day;
  }
  for (auto& g : batch.gaps)
    if (g.seq >= first_seq)
      m_.gaps.push_back({batch.session->id, batch.slot, g.seq, g.symbol,
                         std::string{to_string(g.why)}, g.missing_shares});
  // Without its first lines a batch begins later than it says.
  auto begin = first_seq == batch.first_seq ? std::nullopt : line_time(text);
  note_time(begin.value_or(batch.first_received_us), batch.last_received_us);
  m_.lines += lines;
  m_.bytes += text.size();
}

void manifest_builder::add_line(const manifest_stream& line,
                                std::string_view text,
                                const std::optional<manifest_gap>& gap,
                                const std::optional<uint64_t>& moves_by) {
  auto& s = stream(line.session_id, line.slot, line.tr_id, line.symbol);
  if (s.records == 0)
    s.first_seq = line.last_seq;
  s.last_seq = line.last_seq;
  ++s.records;
  s.last_received_us = line.last_received_us;
  if (line.last_accumulated) {
    s.last_accumulated = line.last_accumulated;
    s.last_day = line.last_day;
  } else if (moves_by && s.last_accumulated) {
    *s.last_accumulated += *moves_by;
  }
  if (gap)
    m_.gaps.push_back({line.session_id, line.slot, gap->seq, gap->symbol,
                       std::string{to_string(gap->why)}, gap->missing_shares});
  note_time(line.last_received_us, line.last_received_us);
  ++m_.lines;
  m_.bytes += text.size();
  hash_.add(text);
}

void manifest_builder::add_foreign(std::string_view text) {
  m_.lines += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
  m_.bytes += text.size();
  hash_.add(text);
}

void manifest_builder::note_damage(uint64_t lines, uint64_t bytes) {
  if (m_.damaged.size() < manifest::damages_max) {
    m_.damaged.push_back({m_.lines + 1, lines, bytes});
    return;
  }
  auto& last = m_.damaged.back();
  last.lines = m_.lines + lines + 1 - last.first_line;
  last.bytes += bytes;
}

manifest manifest_builder::finish(std::string file, std::string_view dataset,
                                  int64_t now_us,
                                  std::string_view because) const {
  auto out = m_;
  out.file = std::move(file);
  out.dataset = dataset;
  out.sha256 = hash_.hex();
  out.sealed_at_us = now_us;
  out.sealed_because = because;
  return out;
}

// -- lines ----------------------------------------------------------------------

std::optional<int64_t> line_time(std::string_view line) {
  constexpr std::string_view begin = R"({"timestamp":")";
  constexpr size_t timestamp_size = 32;
  if (!line.starts_with(begin) || line.size() < begin.size() + timestamp_size)
    return std::nullopt;
  return parse_timestamp(line.substr(begin.size(), timestamp_size));
}

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

bool holds_nothing(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == bytes.npos;
}

std::optional<io_problem> check_own(file_system& fs, const std::string& path) {
  constexpr uint64_t bytes_max = 16 << 20; // a manifest is sealed before that
  static const auto begin = [] {
    auto text = to_json(manifest{});
    return text.substr(0, text.find(R"("",)"));
  }();
  auto got = fs.read(path, 0, bytes_max + 1);
  if (got.problem && got.problem->code == ENOENT)
    return std::nullopt;
  if (got.problem && got.problem->code != EISDIR
      && got.problem->code != ELOOP && got.problem->code != ENOTSUP)
    return got.problem;
  auto n = std::min(got.bytes.size(), begin.size());
  if (!got.problem && got.bytes.size() <= bytes_max
      && (got.bytes.compare(0, n, begin, 0, n) == 0
          || holds_nothing(got.bytes)))
    return std::nullopt;
  return io_problem{"replace", path, EEXIST,
                    "what has this name is not ours and is left alone; move it "
                    "to another folder"};
}

std::optional<io_problem> remove_own(file_system& fs, const std::string& path) {
  if (auto bad = check_own(fs, path))
    return bad;
  auto bad = fs.remove(path);
  return bad && bad->code == ENOENT ? std::nullopt : bad;
}

std::optional<io_problem> put_beside(file_system& fs,
                                     const std::string& target,
                                     std::string_view text) {
  if (auto bad = check_own(fs, target))
    return bad;
  file_system::opened made;
  std::string temporary;
  for (int n = 0; n < temporaries_max && !made.file; ++n) {
    temporary = temporary_name(target, n);
    made = fs.create(temporary);
    // Of an attempt that failed; somebody else's stays, and the next is taken.
    if (made.problem && made.problem->code == EEXIST
        && !remove_own(fs, temporary))
      made = fs.create(temporary);
    if (made.problem && made.problem->code != EEXIST)
      return made.problem;
  }
  if (made.problem)
    return made.problem;
  if (auto bad = made.file->write(text))
    return bad;
  if (auto bad = made.file->sync())
    return bad;
  made.file.reset();
  return fs.rename(temporary, target);
}

std::optional<io_problem> write_manifest(file_system& fs,
                                         const std::string& directory,
                                         const std::string& path,
                                         const manifest& m) {
  if (auto bad = put_beside(fs, path + std::string{manifest_suffix},
                            to_json(m)))
    return bad;
  return fs.sync_directory(directory);
}

} // namespace observer
