#include "actors/archive/state_file.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "actors/journal/own_files.hpp"
#include "messages/journal_names.hpp"

namespace observer {

namespace {

/// Ours: what begins as its kind does, or a beginning of that.
result<> check_kind(file_system& fs, const std::string& path,
                    std::string_view head) {
  constexpr uint64_t looked_at = 4096;
  auto got = fs.read(path, 0, looked_at);
  if (got.problem && got.problem->code == ENOENT)
    return {};
  if (got.problem)
    return problem{got.problem->text()};
  auto n = std::min(got.bytes.size(), head.size());
  if (got.bytes.compare(0, n, head, 0, n) == 0 || holds_nothing(got.bytes))
    return {};
  return problem{fmt::format("{} is not ours and is left alone; move it to "
                             "another folder",
                             path)};
}

} // namespace

std::string state_file_head(std::string_view kind) {
  return fmt::format(R"({{"format":1,"kind":"{}")", kind);
}

result<> put_state_file(file_system& fs, const std::string& directory,
                        const std::string& name, std::string_view head,
                        std::string_view text) {
  if (auto bad = fs.make_directory(directory))
    return problem{bad->text()};
  return put_state_file_into(fs, directory, name, head, text);
}

result<> put_state_file_into(file_system& fs, const std::string& directory,
                             const std::string& name, std::string_view head,
                             std::string_view text) {
  auto path = directory + "/" + name;
  if (auto ok = check_kind(fs, path, head); !ok)
    return ok;
  auto temporary = temporary_name(path, 0);
  auto made = fs.create(temporary);
  if (made.problem && made.problem->code == EEXIST) {
    if (auto ok = check_kind(fs, temporary, head); !ok)
      return ok;
    if (auto bad = fs.remove(temporary))
      return problem{bad->text()};
    made = fs.create(temporary);
  }
  if (made.problem)
    return problem{made.problem->text()};
  auto bad = made.file->write(text);
  if (!bad)
    bad = made.file->sync();
  made.file.reset();
  if (!bad)
    bad = fs.rename(temporary, path);
  if (!bad)
    bad = fs.sync_directory(directory);
  if (bad) {
    // Of no use to anybody; what cannot be removed is replaced next time.
    static_cast<void>(fs.remove(temporary));
    return problem{bad->text()};
  }
  return {};
}

} // namespace observer
