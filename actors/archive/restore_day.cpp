#include "actors/archive/restore_day.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "actors/archive/backup_names.hpp"
#include "actors/archive/backup_package.hpp"
#include "actors/journal/manifest_builder.hpp"
#include "messages/journal_names.hpp"

namespace observer {

namespace {

class day_restore {
 public:
  day_restore(file_system& fs, const std::string& directory,
              const std::string& day, backup_target& target,
              const std::function<bool()>& go_on)
    : fs_(fs), directory_(directory), day_(day), target_(target),
      go_on_(go_on) {}

  result<restore_outcome> run() {
    if (!is_calendar_date(day_))
      return problem{fmt::format("{} is not a day; write it as 20260914", day_)};
    target_.heed(go_on_);
    if (auto ok = target_.prepare(); !ok)
      return ok.error();
    auto package = read_package(target_, day_);
    if (!package)
      return package.error();
    if (package->empty())
      return problem{"there is no package of this day"};
    if (!package->success)
      return problem{fmt::format("the package cannot be believed: {}. `observer "
                                 "backup {}` completes it where the data are; "
                                 "by hand: sha256sum -c SHA256SUMS",
                                 package->doubt, day_)};
    std::vector<backup_file> wanted;
    for (auto& [name, file] : package->files) {
      auto there = is_there(file);
      if (!there)
        return there.error();
      if (*there)
        ++out_.kept;
      else
        wanted.push_back(file);
    }
    std::stable_partition(wanted.begin(), wanted.end(), [](auto& file) {
      return file.name.ends_with(manifest_suffix);
    });
    for (auto& file : wanted)
      if (auto ok = restore(file); !ok)
        return ok.error();
    out_.day = day_;
    out_.target = target_.name();
    out_.directory = directory_;
    return out_;
  }

 private:
  std::string path_of(const std::string& name) const {
    return directory_ + "/" + name;
  }

  /// The same file, or its lines in the other form. A problem if something else
  /// has its place.
  result<bool> is_there(const backup_file& file) {
    auto same = is_same(file.name, file.bytes, file.sha256);
    if (!same)
      return same.error();
    if (*same)
      return **same ? result<bool>{true} : another(file.name);
    auto plain = plain_name_of(file.name);
    if (!plain)
      return false;
    if (*plain != file.name) {
      // Its plain lines, if they are there.
      auto size = fs_.size(path_of(*plain));
      if (size.problem)
        return size.problem->code == ENOENT ? result<bool>{false}
                                            : problem{size.problem->text()};
      auto lines = hash_on_disk(path_of(*plain));
      if (!lines)
        return lines.error();
      return lines->sha256 == file.plain_sha256 ? result<bool>{true}
                                                : another(*plain);
    }
    auto other = *plain + ".zst";
    auto size = fs_.size(path_of(other));
    if (size.problem)
      return size.problem->code == ENOENT ? result<bool>{false}
                                          : problem{size.problem->text()};
    // Compressed beside the manifest of these very lines; which is looked at as
    // a file of its own.
    return true;
  }

  problem another(const std::string& name) const {
    return {fmt::format("{} is there and is another file than the package's: "
                        "nothing is restored. Restore into an empty folder (--to "
                        "DIR) and compare",
                        path_of(name))};
  }

  /// Nothing if there is no such file.
  result<std::optional<bool>> is_same(const std::string& name, uint64_t bytes,
                                      const std::string& sum) {
    auto size = fs_.size(path_of(name));
    if (size.problem && size.problem->code == ENOENT)
      return std::optional<bool>{};
    if (size.problem)
      return problem{size.problem->text()};
    if (size.bytes != bytes)
      return std::optional{false};
    auto found = hash_on_disk(path_of(name));
    if (!found)
      return found.error();
    return std::optional{found->sha256 == sum};
  }

  result<stored_proof> hash_on_disk(const std::string& path) {
    stored_proof out;
    sha256 hash;
    for (;;) {
      if (!go_on_())
        return stopped();
      auto got = fs_.read(path, out.bytes, transfer_step_bytes);
      if (got.problem)
        return problem{got.problem->text()};
      if (got.bytes.empty())
        break;
      hash.add(got.bytes);
      out.bytes += got.bytes.size();
    }
    out.sha256 = hash.hex();
    return out;
  }

  result<> restore(const backup_file& file) {
    auto path = path_of(file.name);
    auto folder = path.substr(0, path.rfind('/'));
    if (auto bad = fs_.make_directory(directory_))
      return problem{bad->text()};
    if (auto bad = fs_.make_directory(folder))
      return problem{bad->text()};
    auto temporary = path + std::string{restoring_suffix};
    auto made = fs_.create(temporary);
    if (made.problem && made.problem->code == EEXIST) {
      // Of a restore that died: nobody else makes such names.
      if (auto bad = fs_.remove(temporary))
        return problem{bad->text()};
      made = fs_.create(temporary);
    }
    if (made.problem)
      return problem{made.problem->text()};
    auto done = write(file, *made.file);
    made.file.reset();
    if (done)
      done = settle(file, temporary, path, folder);
    if (!done)
      static_cast<void>(fs_.remove(temporary));
    else {
      ++out_.files;
      out_.bytes += file.bytes;
    }
    return done;
  }

  result<> write(const backup_file& file, append_file& to) {
    uint64_t bytes = 0;
    auto got = target_.get(
      day_ + "/" + file.name, [&](std::string_view part) -> result<> {
        if (!go_on_())
          return stopped();
        bytes += part.size();
        if (bytes > file.bytes)
          return problem{fmt::format("{} is longer than it was", file.name)};
        if (auto bad = to.write(part))
          return problem{bad->text()};
        to.begin_sync();
        return {};
      });
    if (!got)
      return got;
    if (auto bad = to.sync())
      return problem{bad->text()};
    return {};
  }

  result<> settle(const backup_file& file, const std::string& temporary,
                  const std::string& path, const std::string& folder) {
    if (auto bad = fs_.settle(temporary))
      return problem{bad->text()};
    auto found = hash_on_disk(temporary);
    if (!found)
      return found.error();
    if (found->sha256 != file.sha256)
      return problem{fmt::format("{} of the package has SHA-256 {} and should "
                                 "have {}: it is not restored. `observer backup "
                                 "verify {}` says what else is changed",
                                 file.name, found->sha256, file.sha256, day_)};
    // Somebody may have come meanwhile.
    if (auto taken = fs_.size(path); !taken.problem)
      return another(file.name);
    if (auto bad = fs_.rename(temporary, path))
      return problem{bad->text()};
    if (auto bad = fs_.sync_directory(folder))
      return problem{bad->text()};
    return {};
  }

  problem stopped() const {
    return {"stopped; the next restore goes on with it"};
  }

  file_system& fs_;
  const std::string& directory_;
  const std::string& day_;
  backup_target& target_;
  const std::function<bool()>& go_on_;
  restore_outcome out_;
};

} // namespace

result<restore_outcome> restore_day(file_system& fs,
                                    const std::string& directory,
                                    const std::string& day,
                                    backup_target& target,
                                    const std::function<bool()>& go_on) {
  auto done = day_restore{fs, directory, day, target, go_on}.run();
  if (!done)
    return problem{fmt::format("restore of {} from {} into {}: {}", day,
                               target.name(), directory, done.error().text)};
  return done;
}

} // namespace observer
