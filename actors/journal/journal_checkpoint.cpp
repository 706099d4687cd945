#include "actors/journal/journal_checkpoint.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "actors/journal/journal_recovery.hpp"
#include "actors/journal/own_files.hpp"
#include "messages/journal_names.hpp"

namespace observer {

namespace {

constexpr std::string_view because = "checkpoint";
/// 41 slots take a few KiB.
constexpr uint64_t checkpoint_bytes_max = 16 << 20;
constexpr size_t hex_digits = 64;

std::string hash_of(std::string_view text) {
  sha256 hash;
  hash.add(text);
  return hash.hex();
}

bool later_tick(const manifest_stream& a, const manifest_stream& b) {
  auto tick_of = [](const manifest_stream& s) {
    return tick_baseline{*s.last_accumulated, s.last_received_us, s.last_day};
  };
  return is_newer(tick_of(a), tick_of(b));
}

/// The hash of the last bytes before `offset`.
std::optional<std::string> window_hash(file_system& fs,
                                       const std::string& path,
                                       uint64_t offset) {
  auto size = std::min(offset, checkpoint_window_bytes);
  auto got = fs.read(path, offset - size, size);
  if (got.problem || got.bytes.size() != size)
    return std::nullopt;
  return hash_of(got.bytes);
}

} // namespace

manifest checkpoint_of(const journal_file& file, dataset data,
                       int64_t now_us) {
  auto& all = file.so_far();
  manifest out;
  out.file = file.name()->substr(file.name()->rfind('/') + 1);
  out.dataset = to_string(data);
  out.lines = all.lines;
  out.bytes = all.bytes;
  out.first_received_us = all.first_received_us;
  out.last_received_us = all.last_received_us;
  out.sealed_at_us = now_us;
  out.sealed_because = because;
  if (all.streams.empty())
    return out;
  auto& current = all.streams.back().session_id;
  std::map<std::pair<std::string_view, std::string_view>, size_t> former;
  for (auto& s : all.streams) {
    if (s.session_id == current) {
      out.streams.push_back(s);
      continue;
    }
    if (!s.last_accumulated)
      continue;
    auto [at, fresh]
      = former.try_emplace({s.tr_id, s.symbol}, out.streams.size());
    if (fresh)
      out.streams.push_back(s);
    else if (auto& known = out.streams[at->second];
             later_tick(s, known))
      known = s;
  }
  return out;
}

std::optional<io_problem> write_checkpoint(file_system& fs,
                                           const std::string& path,
                                           manifest said) {
  auto manifest_path = path + std::string{manifest_suffix};
  if (!fs.size(manifest_path).problem)
    return std::nullopt;
  auto window = window_hash(fs, path, said.bytes);
  if (!window)
    return io_problem{"read", path, ESTALE,
                      "not as long as what was written to it"};
  said.sha256 = *window;
  auto text = to_json(said);
  text += hash_of(text) + "\n";
  auto target = path + std::string{checkpoint_suffix};
  // Its name is not made durable: it may be lost with the power, and then an
  // older one is there.
  if (auto bad = put_beside(fs, target, text))
    return bad;
  // Sealed or taken away meanwhile: whoever saw to that may have looked before
  // it was there.
  if (!fs.size(manifest_path).problem || fs.size(path).problem)
    return fs.remove(target);
  return std::nullopt;
}

std::optional<manifest> word_of_checkpoint(file_system& fs,
                                           const std::string& path,
                                           dataset data) {
  auto target = path + std::string{checkpoint_suffix};
  auto size = fs.size(target);
  if (size.problem || size.bytes > checkpoint_bytes_max
      || size.bytes <= hex_digits + 1)
    return std::nullopt;
  auto got = fs.read(target, 0, size.bytes);
  if (got.problem || got.bytes.size() <= hex_digits + 1)
    return std::nullopt;
  auto all = std::string_view{got.bytes};
  auto text = all.substr(0, all.size() - hex_digits - 1);
  if (all.substr(text.size()) != hash_of(text) + "\n")
    return std::nullopt;
  auto said = parse_manifest(text);
  if (!said || said->sealed_because != because
      || said->file != path.substr(path.rfind('/') + 1)
      || said->dataset != to_string(data))
    return std::nullopt;
  return said;
}

std::optional<manifest> read_checkpoint(file_system& fs,
                                        const std::string& path,
                                        dataset data) {
  auto said = word_of_checkpoint(fs, path, data);
  if (!said)
    return std::nullopt;
  auto is = fs.size(path);
  if (is.problem || is.bytes < said->bytes
      || window_hash(fs, path, said->bytes) != said->sha256)
    return std::nullopt;
  return said;
}

} // namespace observer
