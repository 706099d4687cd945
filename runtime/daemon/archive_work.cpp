#include "runtime/daemon/archive_work.hpp"

#include <memory>

#include <fmt/format.h>

#include "actors/archive/backup_record.hpp"
#include "actors/archive/compress_file.hpp"
#include "actors/archive/compressed_lines.hpp"
#include "messages/korean_time.hpp"
#include "messages/numbers.hpp"
#include "runtime/archive/backup_job.hpp"

namespace observer {

namespace {

result<compression> compress(file_system& fs, const std::string& data_dir,
                             const std::string& name,
                             const go_on_function& go_on) {
  auto done = compress_file(fs, data_dir, name, go_on);
  if (!done)
    return done.error();
  return compression{done->plain_bytes, done->bytes};
}

/// What retention may rely on, of what was verified: what another target has, that
/// was tried once by hand or was here before, is to be sent to this one first.
result<std::optional<proven_backup>>
read_backup(file_system& fs, const config& c, const std::string& data_dir,
            const std::string& day) {
  using found = result<std::optional<proven_backup>>;
  if (!has_backup_record(fs, data_dir, day))
    return found{std::nullopt};
  auto record = read_backup_record(fs, data_dir, day);
  if (!record)
    return record.error();
  if (!c.backup.target.empty()) {
    auto target = make_target(fs, c, {});
    if (!target)
      return target.error();
    auto id = (*target)->known_id();
    if (!id)
      return id.error();
    if (record->target_id != *id)
      return found{std::nullopt};
  }
  proven_backup out;
  out.target = record->target;
  out.verified_at_us = record->verified_at_us;
  for (auto& f : record->files)
    out.copies.push_back({f.name, f.bytes, f.sha256, f.plain_sha256});
  return found{std::move(out)};
}

std::string words_of(const backup_outcome& done) {
  auto out = done.was_there
               ? fmt::format("{} was there", done.day)
               : fmt::format("{} in {}: {} files, {} bytes, {} of them sent",
                             done.day, done.target, done.files,
                             with_commas(done.bytes), done.sent_files);
  for (auto& remark : done.remarks)
    out += "; " + remark;
  return out;
}

} // namespace

archive_work make_archive_work(const config& settings) {
  archive_work out;
  auto c = std::make_shared<const config>(settings);
  out.compress = compress;
  out.read_backup = [c](file_system& fs, const std::string& data_dir,
                        const std::string& day) {
    return read_backup(fs, *c, data_dir, day);
  };
  out.plain_sha256 = sha256_of_compressed;
  out.read_lines = read_journal_lines;
  if (settings.backup.target.empty())
    return out;
  out.confirm_backup = [c](file_system& fs, const std::string&,
                           const std::string& day,
                           const go_on_function& go_on) {
    return missing_backup(fs, *c, day, {}, go_on);
  };
  out.back_up = [c](file_system& fs, const std::string& data_dir,
                    const std::string& day,
                    const go_on_function& go_on) -> result<std::string> {
    backup_order order;
    order.day = day;
    auto done = back_up_with(
      fs, *c, order, go_on, [&](const std::string& name) {
        return sha256_of_compressed(fs, data_dir, name, go_on);
      });
    if (!done)
      return done.error();
    return words_of(*done);
  };
  return out;
}

} // namespace observer
