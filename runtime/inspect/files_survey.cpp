#include "runtime/inspect/files_survey.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"
#include "messages/manifest.hpp"

namespace observer {

namespace {

namespace fs = std::filesystem;

constexpr size_t manifest_bytes_max = 4 << 20;

/// `20260914_15` of `20260914_15.1.jsonl`.
std::string base_of(const std::string& name) {
  return name.substr(0, name.find('.'));
}

std::optional<manifest> manifest_of(const fs::path& path) {
  auto beside = path.string() + std::string{manifest_suffix};
  std::error_code ec;
  // A link or a pipe of this name is none of ours; a pipe would hold us.
  if (fs::symlink_status(beside, ec).type() != fs::file_type::regular)
    return std::nullopt;
  auto size = fs::file_size(beside, ec);
  if (ec || size > manifest_bytes_max)
    return std::nullopt;
  std::ifstream in{beside, std::ios::binary};
  std::stringstream text;
  text << in.rdbuf();
  return parse_manifest(text.str());
}

/// `20260914_15.jsonl` of `20260914_15.jsonl.zst`.
std::string plain_name(const std::string& name) {
  return name.ends_with(zstd_suffix)
           ? name.substr(0, name.size() - zstd_suffix.size())
           : name;
}

void add_manifest(const fs::path& path, file_observation& out) {
  auto m = manifest_of(plain_name(path.string()));
  if (!m)
    return;
  out.sealed = true;
  if (out.compressed_bytes)
    out.bytes = m->bytes;
  out.lines = m->lines;
  out.first_us = m->first_received_us;
  out.last_us = m->last_received_us;
  out.sealed_because = m->sealed_because;
}

/// What the days before had in the same hour, the median; bytes by hour.
using hour_sizes = std::map<std::string, std::map<std::string, uint64_t>>;

std::optional<uint64_t> usual_bytes(const hour_sizes& sizes,
                                    const std::string& base) {
  auto at = sizes.find(base.substr(9));
  if (at == sizes.end())
    return std::nullopt;
  std::vector<uint64_t> before;
  for (auto& [day, bytes] : at->second)
    if (day < base.substr(0, 8))
      before.push_back(bytes);
  constexpr size_t days_max = 5;
  if (before.size() > days_max)
    before.erase(before.begin(), before.end() - days_max);
  if (before.empty())
    return std::nullopt;
  std::sort(before.begin(), before.end());
  return before[before.size() / 2];
}

/// How much of its hour is over, for a file named by day and hour.
double part_over(const std::string& base, int64_t now_us) {
  if (base != korean_date_hour(now_us))
    return 1.0;
  auto begin = korean_hour_begin_us(korean_hour(now_us));
  return static_cast<double>(now_us - begin)
         / static_cast<double>(us_per_hour);
}

} // namespace

std::vector<file_observation>
survey_files(const std::string& data_dir, int64_t now_us,
             const std::vector<open_file_view>& open, size_t files_max) {
  std::vector<file_observation> out;
  hour_sizes sizes;
  // Of those before it the manifests are not read.
  constexpr int64_t days_of_usual = 14;
  auto oldest = korean_date(now_us - days_of_usual * us_per_day);
  for (auto data : all_datasets) {
    std::string folder{to_string(data)};
    std::error_code ec;
    for (fs::directory_iterator i{fs::path{data_dir} / folder, ec}, end;
         !ec && i != end; i.increment(ec)) {
      auto name = i->path().filename().string();
      auto plain = plain_name(name);
      auto compressed = plain != name;
      std::error_code gone;
      // A copy beside its file is on its way: its lines are told once.
      if (!parse_journal_name(name_period_of(data), plain)
          || (compressed && fs::exists(i->path().parent_path() / plain, gone)))
        continue;
      file_observation f;
      f.file = folder + "/" + name;
      f.dataset = folder;
      if (i->symlink_status(gone).type() != fs::file_type::regular)
        continue;
      f.bytes = i->file_size(gone);
      if (gone)
        continue;
      auto base = base_of(name);
      if (compressed) {
        f.compressed_bytes = f.bytes;
        if (data == dataset::scalp && base.substr(0, 8) >= oldest)
          if (auto m = manifest_of(i->path().parent_path() / plain))
            f.bytes = m->bytes;
      }
      if (data == dataset::scalp && base.size() == 11)
        sizes[base.substr(9)][base.substr(0, 8)] += f.bytes;
      out.push_back(std::move(f));
    }
  }
  auto name_of = [](const file_observation& f) {
    return f.file.substr(f.file.find('/') + 1);
  };
  // A run whose clock was wrong must not hide today behind its days.
  auto tomorrow = korean_date(now_us + us_per_day);
  auto of_future = [&](const file_observation& f) {
    return name_of(f).substr(0, 8) > tomorrow;
  };
  std::sort(out.begin(), out.end(), [&](auto& a, auto& b) {
    if (of_future(a) != of_future(b))
      return of_future(b);
    return name_of(a) != name_of(b) ? name_of(a) > name_of(b)
                                    : a.file < b.file;
  });
  if (out.size() > files_max)
    out.resize(files_max);
  for (auto& f : out) {
    add_manifest(fs::path{data_dir} / f.file, f);
    for (auto& o : open)
      if (o.file == f.file && !f.sealed) {
        f.bytes = o.bytes;
        f.lines = o.lines;
        f.first_us = o.first_us;
        f.last_us = o.last_us;
      }
    auto base = base_of(name_of(f));
    if (f.dataset == "scalp" && base.size() == 11)
      if (auto usual = usual_bytes(sizes, base))
        f.expected_bytes = static_cast<uint64_t>(
          static_cast<double>(*usual) * part_over(base, now_us));
  }
  return out;
}

} // namespace observer
