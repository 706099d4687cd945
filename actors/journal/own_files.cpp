#include "actors/journal/own_files.hpp"

#include <algorithm>
#include <cerrno>

#include "messages/journal_names.hpp"

namespace observer {

namespace {

/// What each manifest begins with. Made before main: a lack of memory while it is
/// made would leave others waiting for it.
const std::string begin = [] {
  auto text = to_json(manifest{});
  return text.substr(0, text.find(R"("",)"));
}();

} // namespace

bool holds_nothing(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == bytes.npos;
}

std::optional<io_problem> check_own(file_system& fs, const std::string& path) {
  constexpr uint64_t bytes_max = 16 << 20; // a manifest is sealed before that
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
