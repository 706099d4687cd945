#include "runtime/commands/help.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <caf/config.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <link.h>
#include <openssl/crypto.h>

namespace observer {

namespace {

constexpr size_t columns = 80, name_columns = 26;

/// Columns in a terminal: bytes that start a character.
size_t width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// A name that lists more words than a line has room for goes on in the next.
std::string folded(std::string name) {
  constexpr size_t line_columns = 78, further = 8;
  std::string out;
  for (auto room = line_columns; width(name) > room;
       room = line_columns - further) {
    auto bar = name.rfind('|', room - 1);
    if (bar == name.npos)
      break;
    out += name.substr(0, bar + 1) + '\n' + std::string(further + 2, ' ');
    name.erase(0, bar + 1);
  }
  return out + name;
}

/// `  NAME   text`, the text in a column of its own.
std::string row(const std::string& name, std::string_view text,
                size_t at = name_columns) {
  auto out = "  " + folded(name);
  auto used = width(out);
  if (used + 2 > at) {
    out += '\n';
    used = 0;
  }
  return out + std::string(at - used, ' ') + wrapped(text, at, at) + '\n';
}

std::string rows(const std::vector<option_outline>& options) {
  std::string out, group;
  for (auto arguments : {true, false})
    for (auto& option : options) {
      if (option.is_argument != arguments)
        continue;
      auto title = arguments ? "Arguments" : option.group;
      if (std::exchange(group, title) != title)
        out += fmt::format("\n{}:\n", title);
      auto effect = option.effect;
      if (option.is_required)
        effect += " [required]";
      out += row(heading(option), effect);
    }
  return out;
}

std::string examples_text(const std::vector<example>& examples) {
  std::string out = "\nExamples:\n";
  for (auto& x : examples)
    out += fmt::format("  {}\n      {}\n", x.line, wrapped(x.effect, 6, 6));
  return out;
}

int note_build_id(dl_phdr_info* object, size_t, void* to) {
  // The first object is the program itself.
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    auto& header = object->dlpi_phdr[i];
    if (header.p_type != PT_NOTE)
      continue;
    auto at = reinterpret_cast<const unsigned char*>(object->dlpi_addr
                                                     + header.p_vaddr);
    auto end = at + header.p_memsz;
    auto rounded = [](size_t n) { return (n + 3) & ~size_t{3}; };
    while (at + sizeof(ElfW(Nhdr)) <= end) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      auto name = at + sizeof note;
      auto bytes = name + rounded(note.n_namesz);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4
          && std::memcmp(name, "GNU", 4) == 0 && bytes + note.n_descsz <= end)
        for (size_t k = 0; k < note.n_descsz; ++k)
          *static_cast<std::string*>(to) += fmt::format("{:02x}", bytes[k]);
      at = bytes + rounded(note.n_descsz);
    }
  }
  return 1;
}

/// Of this executable; empty if it has none.
std::string build_id() {
  std::string out;
  dl_iterate_phdr(note_build_id, &out);
  return out;
}

std::string compiler() {
#ifdef __clang__
  return fmt::format("Clang {}.{}.{}", __clang_major__, __clang_minor__,
                     __clang_patchlevel__);
#else
  return fmt::format("GCC {}.{}.{}", __GNUC__, __GNUC_MINOR__,
                     __GNUC_PATCHLEVEL__);
#endif
}

} // namespace

std::string wrapped(std::string_view text, size_t indent, size_t at) {
  std::string out;
  auto used = at;
  auto first = true;
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!first && used + 1 + width(word) > columns) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
    } else if (!first) {
      out += ' ';
      ++used;
    }
    out += word;
    used += width(word);
    first = false;
  }
  return out;
}

std::string synopsis(const command_outline& command) {
  auto out = "observer " + command.name + " [OPTIONS]";
  for (auto& option : command.options)
    if (option.is_argument)
      out += option.is_required ? " " + option.names.front()
                                : " [" + option.names.front() + "]";
  return out;
}

std::string heading(const option_outline& option) {
  auto out = fmt::format("{}", fmt::join(option.names, ", "));
  if (option.value.empty() || (option.is_argument && option.words.empty()))
    return out;
  // A value that need not be there brings its sign with it.
  if (option.kind != value_kind::none)
    out += ' ';
  return out + option.value + (option.may_be_repeated ? " …" : "");
}

std::string usage(const outline& all) {
  std::string out = "Usage: observer COMMAND [OPTIONS]\n\n";
  for (auto& x : all.commands)
    out += row(x.name, x.summary, 14);
  return out + "\nobserver help COMMAND says more; observer demo needs no "
               "account.\n";
}

std::string overview(const outline& all) {
  auto out = wrapped("Records the real-time market data of a KIS account: every "
                     "trade that reaches the socket is on disk, or counted with "
                     "the reason.",
                     0, 0)
             + "\n한국어 설명은 README.ko.md에 있습니다.\n\n" + usage(all);
  out += rows(all.options);
  return out
         + examples_text({{"observer demo", "a simulated exchange, to see it work"},
                          {"observer config",
                           "what a run would take, and from where"},
                          {"observer audit --explain data",
                           "what was recorded, and what is missing"}});
}

std::string help_of(const command_outline& command) {
  auto out = command.summary + ".\n";
  if (!command.description.empty())
    out += '\n' + wrapped(command.description, 0, 0) + '\n';
  out += "\nUsage: " + synopsis(command) + '\n' + rows(command.options);
  if (!command.notes.empty())
    out += '\n' + command.notes + '\n';
  out += "\nExit status: " + wrapped(command.exit_status, 2, 13) + '\n';
  return out + examples_text(command.examples);
}

std::string version_text() {
  auto id = build_id();
  return fmt::format("observer {}{}\n"
                     "Built with {}{}, CAF {}.{}.{}, {}.\n",
                     OBSERVER_VERSION, id.empty() ? "" : " (build " + id + ")",
                     compiler(),
#ifdef NDEBUG
                     "",
#else
                     " with assertions",
#endif
                     CAF_VERSION / 10000, CAF_VERSION / 100 % 100,
                     CAF_VERSION % 100, OpenSSL_version(OPENSSL_VERSION));
}

} // namespace observer
