#include "runtime/storage/mount_table.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "messages/numbers.hpp"

namespace observer {

namespace {

constexpr size_t table_bytes_max = 64 << 20;

/// Up to the next blank, which is taken away too.
std::string_view next_word(std::string_view& text) {
  auto end = text.find(' ');
  auto word = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return word;
}

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

/// Blanks, tabs, newlines and backslashes of names stand as \040, \011, \012
/// and \134.
std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3'
        && is_octal(text[i + 1]) && is_octal(text[i + 2])
        && is_octal(text[i + 3])) {
      out += static_cast<char>((text[i + 1] - '0') * 64
                               + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=…`
bool parse_line(std::string_view line, mount_entry& out) {
  auto id = parse_number<int64_t>(next_word(line));
  auto parent = parse_number<int64_t>(next_word(line));
  if (!id || !parent)
    return false;
  out.id = *id;
  out.parent = *parent;
  out.device = next_word(line);
  out.root = unescaped(next_word(line));
  out.point = unescaped(next_word(line));
  out.options = unescaped(next_word(line));
  // Any number of fields stand before the dash.
  while (!line.empty() && next_word(line) != "-")
    continue;
  out.type = unescaped(next_word(line));
  out.source = unescaped(next_word(line));
  out.super_options = unescaped(next_word(line));
  return out.point.starts_with('/') && !out.type.empty();
}

/// Whether a list of options has the word, and what stands behind its `=`.
bool find_option(std::string_view list, std::string_view word,
                 std::string_view& value) {
  while (!list.empty()) {
    auto end = list.find(',');
    auto one = list.substr(0, end);
    list.remove_prefix(end == list.npos ? list.size() : end + 1);
    if (!one.starts_with(word))
      continue;
    one.remove_prefix(word.size());
    if (!one.empty() && one.front() != '=')
      continue;
    value = one.empty() ? one : one.substr(1);
    return true;
  }
  return false;
}

bool lies_below(std::string_view path, std::string_view point) {
  if (point == "/")
    return path.starts_with('/');
  return path.starts_with(point)
         && (path.size() == point.size() || path[point.size()] == '/');
}

} // namespace

bool mount_entry::has_option(std::string_view word) const {
  std::string_view ignored;
  return find_option(options, word, ignored)
         || find_option(super_options, word, ignored);
}

std::string_view mount_entry::option(std::string_view word) const {
  std::string_view value;
  if (!find_option(options, word, value))
    find_option(super_options, word, value);
  return value;
}

bool mount_entry::is_read_only() const {
  return has_option("ro");
}

std::vector<mount_entry> parse_mounts(std::string_view text) {
  std::vector<mount_entry> out;
  while (!text.empty() && out.size() < mounts_max) {
    auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (mount_entry one; parse_line(line, one))
      out.push_back(std::move(one));
  }
  return out;
}

const mount_entry* mount_of(const std::vector<mount_entry>& all,
                            std::string_view path) {
  const mount_entry* out = nullptr;
  for (auto& one : all)
    if (lies_below(path, one.point)
        && (!out || one.point.size() >= out->point.size()))
      out = &one;
  return out;
}

std::string kernel_text(const std::string& path, size_t bytes_max) {
  std::string out;
  auto fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0)
    return out;
  constexpr size_t step = 32 << 10;
  while (out.size() < bytes_max) {
    auto had = out.size();
    out.resize(had + step);
    auto n = ::read(fd, out.data() + had, step);
    out.resize(had + (n > 0 ? static_cast<size_t>(n) : 0));
    if (n == 0 || (n < 0 && errno != EINTR))
      break;
  }
  ::close(fd);
  if (out.size() > bytes_max)
    out.resize(bytes_max);
  return out;
}

std::vector<mount_entry> read_mounts() {
  return parse_mounts(kernel_text("/proc/self/mountinfo", table_bytes_max));
}

int64_t mount_id_of(int descriptor) {
  auto text = kernel_text(fmt::format("/proc/self/fdinfo/{}", descriptor));
  constexpr std::string_view name = "mnt_id:";
  auto at = text.find(name);
  if (at == text.npos)
    return -1;
  auto word = std::string_view{text}.substr(at + name.size());
  word.remove_prefix(std::min(word.find_first_not_of(" \t"), word.size()));
  return parse_number<int64_t>(word.substr(0, word.find('\n'))).value_or(-1);
}

} // namespace observer
