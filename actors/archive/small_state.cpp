#include "actors/archive/small_state.hpp"

#include <algorithm>
#include <cerrno>

namespace observer {

namespace {

/// Ours, or what a power cut leaves of it.
bool is_ours(std::string_view bytes, std::string_view head) {
  if (bytes.find_first_not_of('\0') == bytes.npos)
    return true;
  auto n = std::min(bytes.size(), head.size());
  return bytes.substr(0, n) == head.substr(0, n);
}

} // namespace

std::string state_head(std::string_view kind) {
  return R"({"format":1,"kind":")" + std::string{kind} + R"(",)";
}

state_text read_state(file_system& fs, const std::string& path,
                      std::string_view kind) {
  auto got = fs.read(path, 0, state_bytes_max + 1);
  if (got.problem && got.problem->code == ENOENT)
    return {};
  if (got.problem)
    return {{}, got.problem};
  if (got.bytes.size() > state_bytes_max
      || !is_ours(got.bytes, state_head(kind)))
    return {{}, io_problem{"read", path, EEXIST,
                           "what has this name is not ours and is left alone; "
                           "move it to another folder"}};
  return {std::move(got.bytes), {}};
}

std::optional<io_problem> write_state(file_system& fs,
                                      const std::string& folder,
                                      const std::string& name,
                                      std::string_view kind,
                                      std::string_view text) {
  if (auto bad = fs.make_directory(folder))
    return bad;
  auto path = folder + "/" + name;
  if (auto there = read_state(fs, path, kind); there.problem)
    return there.problem;
  auto temporary = path + ".tmp";
  auto made = fs.create(temporary);
  if (made.problem && made.problem->code == EEXIST) {
    if (auto there = read_state(fs, temporary, kind); there.problem)
      return there.problem;
    if (auto bad = fs.remove(temporary))
      return bad;
    made = fs.create(temporary);
  }
  if (made.problem)
    return made.problem;
  if (auto bad = made.file->write(text))
    return bad;
  if (auto bad = made.file->sync())
    return bad;
  made.file.reset();
  if (auto bad = fs.rename(temporary, path))
    return bad;
  return fs.sync_directory(folder);
}

} // namespace observer
