#include "runtime/audit/file_audit.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <system_error>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/audit/manifest.hpp"
#include "runtime/audit/records.hpp"
#include "runtime/process/unpacked_input.hpp"

namespace observer::audit {

namespace {

/// Small enough to stay in the cache between hashing and scanning.
constexpr size_t block_bytes = 256u << 10;

class sha256 {
public:
  sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    good_ = context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(),
                                          nullptr) == 1;
  }
  void update(const char* data, size_t size) {
    good_ = good_ && EVP_DigestUpdate(context_.get(), data, size) == 1;
  }
  /// 64 hex digits, or words that equal no manifest's.
  std::string finish() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!good_ || EVP_DigestFinal_ex(context_.get(), digest, &size) != 1)
      return "not computed: OpenSSL refuses SHA-256";
    std::string hex;
    for (unsigned int i = 0; i < size; ++i)
      hex += fmt::format("{:02x}", digest[i]);
    return hex;
  }

private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool good_ = false;
};

class descriptor {
public:
  explicit descriptor(const std::string& path)
    // Without waiting, should the name be a pipe's.
    : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status;
    if (fd_ >= 0 && ::fstat(fd_, &status) == 0 && !S_ISREG(status.st_mode)) {
      ::close(fd_);
      fd_ = -1;
      errno = S_ISDIR(status.st_mode) ? EISDIR : ENOTSUP;
    }
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  bool ok() const {
    return fd_ >= 0;
  }
  int fd() const {
    return fd_;
  }
  /// What read(2) says, interruptions hidden.
  ssize_t read(char* to, size_t size) {
    for (;;) {
      auto got = ::read(fd_, to, size);
      if (got >= 0 || errno != EINTR)
        return got;
    }
  }

private:
  int fd_;
};

std::string last_error() {
  return std::error_code{errno, std::generic_category()}.message();
}

/// Cuts blocks into lines, judges each, and adds the good ones up.
class line_judge {
public:
  /// Damage that the manifest tells of, in order, is no finding; that the file
  /// is the one which was sealed so, its hash says.
  line_judge(const journal_file& file, file_result& result,
             std::span<const manifest_damage> damaged)
    : damaged_(damaged),
      file_(file),
      result_(result),
      reader_(file.which),
      tally_(file.shown, file.which, result.findings) {
  }

  void judge(std::string_view line) {
    auto number = ++result_.lines;
    if (too_long_) {
      too_long_ = false;
      return;
    }
    auto state = reader_.read(line, record_);
    if (state != line_state::good && is_known_damage(number)) {
      ++result_.damaged_lines;
      return;
    }
    if (state != line_state::good) {
      result_.findings.add(state == line_state::not_json
                             ? finding_kind::not_json
                             : finding_kind::wrong_fields,
                           file_.shown, number, "{}", reader_.problem());
      return;
    }
    if (!belongs(record_.received, file_.name))
      result_.findings.add(finding_kind::wrong_time, file_.shown, number,
                           "received at {}, which is not the {} of the "
                           "file's name",
                           view(record_.received),
                           file_.name.hour < 0 ? "day" : "hour");
    tally_.add(record_, number);
  }

  /// The line being read has outgrown its bound: the rest is dropped.
  void overflow() {
    if (!too_long_ && is_known_damage(result_.lines + 1))
      ++result_.damaged_lines;
    else if (!too_long_)
      result_.findings.add(finding_kind::not_json, file_.shown,
                           result_.lines + 1, "a line longer than {} bytes",
                           line_bytes_max);
    too_long_ = true;
  }

  file_sums take() {
    return std::move(tally_.sums);
  }

private:
  bool is_known_damage(uint64_t line) {
    auto at = static_cast<int64_t>(line);
    while (!damaged_.empty()
           && damaged_.front().first_line + damaged_.front().lines <= at)
      damaged_ = damaged_.subspan(1);
    return !damaged_.empty() && damaged_.front().first_line <= at;
  }

  std::span<const manifest_damage> damaged_;
  const journal_file& file_;
  file_result& result_;
  line_reader reader_;
  file_tally tally_;
  line_record record_;
  bool too_long_ = false;
};

/// What is read of a .zst whose manifest says nothing.
uint64_t plausible_bytes(int fd) {
  constexpr uint64_t ratio_max = 1'000, little = 1u << 20;
  struct stat status;
  if (::fstat(fd, &status) != 0)
    return little;
  return little + ratio_max * static_cast<uint64_t>(status.st_size);
}

/// Reads at most `bytes_max` bytes. False after a finding: not read to its end.
bool read_lines(const journal_file& file, std::optional<uint64_t> bytes_max,
                file_result& result, line_judge& judge, sha256& hash,
                uint64_t& tail_bytes, audit_progress& progress) {
  auto zstd = file.zstd;
  std::optional<descriptor> in;
  if (!zstd) {
    in.emplace(file.path);
    // Compressed since it was listed.
    zstd = !in->ok() && errno == ENOENT && file.sealed;
  }
  if (zstd)
    in.emplace(file.path + std::string{zstd_suffix});
  unpacked_input unpacked{
    [&](char* to, size_t size) { return in->read(to, size); },
    zstd ? unpacked_input::form::zstd : unpacked_input::form::plain};
  uint64_t shown_bytes = 0;
  auto refuse = [&] {
    if (!unpacked.problem().empty()) {
      result.findings.add(finding_kind::unreadable, file.shown, 0,
                          "its {} is no copy of it: {} ({} bytes of lines "
                          "were read); restore it from another copy",
                          zstd_suffix, unpacked.problem(), result.bytes);
      return false;
    }
    result.findings.add(finding_kind::unreadable, file.shown, 0,
                        "cannot be read after byte {}: {}; check its "
                        "permissions and the disk",
                        result.bytes, last_error());
    return false;
  };
  if (!in->ok())
    return refuse();
  auto end = bytes_max.value_or(zstd ? plausible_bytes(in->fd()) : UINT64_MAX);
  posix_fadvise(in->fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
  std::unique_ptr<char[]> buffer{new char[line_bytes_max + block_bytes]};
  // Bytes of a line whose end has not been read yet, at the buffer's start.
  size_t kept = 0;
  while (result.bytes < end && !progress.stopped()) {
    auto wanted = std::min<uint64_t>(block_bytes, end - result.bytes);
    auto got = unpacked.read(buffer.get() + kept, wanted);
    progress.bytes_done.fetch_add(unpacked.taken() - shown_bytes,
                                  std::memory_order_relaxed);
    shown_bytes = unpacked.taken();
    if (got < 0)
      return refuse();
    if (got == 0)
      break;
    auto size = static_cast<size_t>(got);
    hash.update(buffer.get() + kept, size);
    result.bytes += size;
    auto at = buffer.get();
    auto behind = at + kept + size;
    auto search = at + kept;
    while (auto newline = static_cast<char*>(
             std::memchr(search, '\n', static_cast<size_t>(behind - search)))) {
      judge.judge({at, static_cast<size_t>(newline - at)});
      at = search = newline + 1;
    }
    kept = static_cast<size_t>(behind - at);
    tail_bytes = at == buffer.get() ? tail_bytes + size : kept;
    if (kept > line_bytes_max) {
      judge.overflow();
      kept = 0;
    }
    std::memmove(buffer.get(), at, kept);
  }
  if (zstd && !bytes_max && result.bytes >= end)
    result.findings.add(finding_kind::beyond_limit, file.shown, 0,
                        "its {} holds more than {} bytes, and no manifest "
                        "that can be read says how many there should be",
                        zstd_suffix, end);
  return true;
}

std::optional<std::string> read_manifest(const journal_file& file,
                                         finding_list& findings) {
  auto path = file.path + std::string{manifest_suffix};
  std::string text;
  descriptor in{path};
  auto good = in.ok();
  char buffer[1 << 16];
  while (good) {
    auto got = in.read(buffer, sizeof(buffer));
    if (got == 0)
      return text;
    good = got > 0;
    if (good)
      text.append(buffer, static_cast<size_t>(got));
    if (text.size() > manifest_bytes_max) {
      findings.add(finding_kind::manifest, file.shown, 0,
                   "the manifest is larger than {} bytes", manifest_bytes_max);
      return std::nullopt;
    }
  }
  findings.add(finding_kind::unreadable, file.shown, 0,
               "its manifest cannot be read: {}; check its permissions and "
               "the disk",
               last_error());
  return std::nullopt;
}

/// Views into `text`.
std::optional<manifest> understand(const journal_file& file,
                                   const std::string& text,
                                   file_result& result) {
  std::string problem;
  auto said = parse_manifest(text, problem);
  if (!said)
    result.findings.add(finding_kind::manifest, file.shown, 0,
                        "the manifest cannot be understood: {}", problem);
  return said;
}

void check_manifest(const journal_file& file, const manifest& said,
                    const std::string& hash, file_result& result) {
  result.hash = said.sha256 == hash ? hash_state::good : hash_state::wrong;
  compare_manifest(said, {result.lines, result.bytes, hash}, result.sums,
                   file, result.findings);
}

} // namespace

file_result audit_file(const journal_file& file, bool must_be_sealed,
                       audit_progress& progress) {
  file_result result;
  if (file.kept != keeping::here) {
    if (auto text = read_manifest(file, result.findings)) {
      if (auto said = understand(file, *text, result)) {
        result.lines = static_cast<uint64_t>(std::max<int64_t>(said->lines, 0));
        result.bytes = static_cast<uint64_t>(std::max<int64_t>(said->bytes, 0));
        result.sums = sums_of(*said, file.which);
      }
    }
    return result;
  }
  std::optional<std::string> text;
  std::optional<manifest> said;
  if (file.sealed && (text = read_manifest(file, result.findings)))
    said = understand(file, *text, result);
  sha256 hash;
  line_judge judge{file, result,
                   said ? std::span<const manifest_damage>{said->damaged}
                        : std::span<const manifest_damage>{}};
  uint64_t tail_bytes = 0;
  std::optional<uint64_t> bytes_max;
  if (!file.sealed && !file.zstd)
    bytes_max = file.bytes;
  else if (file.zstd && said)
    // A byte too many is found, and no more is read of a bomb.
    bytes_max = static_cast<uint64_t>(std::max<int64_t>(said->bytes, 0)) + 1;
  auto complete = read_lines(file, bytes_max, result, judge, hash, tail_bytes,
                             progress);
  result.sums = judge.take();
  if (tail_bytes != 0 && complete && (file.sealed || must_be_sealed))
    result.findings.add(finding_kind::torn_line, file.shown, result.lines + 1,
                        "the last {} bytes of the file are a line without "
                        "its end",
                        tail_bytes);
  if (file.sealed) {
    if (complete && said)
      check_manifest(file, *said, hash.finish(), result);
  } else {
    result.open_tail_bytes = tail_bytes;
    if (must_be_sealed)
      result.findings.add(finding_kind::unsealed, file.shown, 0,
                          "open: no {}{} beside it; stop the recorder, or "
                          "let it start once to recover the file",
                          file.shown.substr(file.shown.find('/') + 1),
                          manifest_suffix);
  }
  return result;
}

} // namespace observer::audit
