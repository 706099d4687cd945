#include "runtime/commands/manual.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "messages/outside_text.hpp"
#include "runtime/commands/help.hpp"
#include "runtime/settings/table.hpp"
#include "runtime/settings/value.hpp"

namespace observer {

namespace {

/// One character that is no ASCII, for every roff.
std::string escaped(std::string_view character) {
  auto lead = static_cast<unsigned char>(character.front());
  uint32_t code = lead & (0x7Fu >> character.size());
  for (auto c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return fmt::format("\\[u{:04X}]", code);
}

/// Text of a line as it shall be read: no sign in it is an order to roff.
std::string plain(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    auto c = text[i];
    if (auto length = utf8_length(text, i); length > 1) {
      out += escaped(text.substr(i, length));
      i += length;
      continue;
    }
    ++i;
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else if (c == '\'')
      out += "\\(aq";
    else if (c == '`')
      out += "\\(ga";
    else if (c == '^')
      out += "\\(ha";
    else if (c == '~')
      out += "\\(ti";
    else if (c == '|')
      out += "|\\:"; // A long list of choices may go on in the next line.
    else
      out += c;
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

/// Text that is filled: a line a sentence, so that its end is seen as one.
std::string prose(std::string_view text) {
  std::string out;
  for (;;) {
    auto end = text.find(". ");
    if (end == text.npos)
      return out + plain(text) + '\n';
    out += plain(text.substr(0, end + 1)) + '\n';
    text.remove_prefix(end + 2);
  }
}

/// Lines that stay as they are.
std::string verbatim(std::string_view text) {
  std::string out = ".PP\n.nf\n";
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    out += end == 0 ? ".sp" : plain(text.substr(0, end));
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + ".fi\n";
}

std::string bold(std::string_view text) {
  return "\\fB" + plain(text) + "\\fR";
}

/// A term and its text.
std::string item(std::string_view term, std::string_view text) {
  return ".TP\n" + bold(term) + '\n' + prose(text);
}

std::string title(std::string_view text) {
  return fmt::format(".SH {}\n", text);
}

std::string option_items(const command_outline& x) {
  std::string out;
  for (auto& option : x.options)
    // A setting's flag is explained with it.
    if (std::none_of(settings().begin(), settings().end(), [&](auto& s) {
          return !s.flag.empty() && s.flag == option.names.front()
                 && x.find("--config");
        }))
      out += item(heading(option), option.effect);
  return out;
}

std::string commands_text(const outline& all) {
  std::string out = title("COMMANDS");
  for (auto& x : all.commands) {
    out += fmt::format(".SS {}\n{}", bold(synopsis(x)), prose(x.summary + "."));
    if (!x.description.empty())
      out += ".PP\n" + prose(x.description);
    if (x.find("--config"))
      out += ".PP\n" + prose("Takes the flags of all settings, besides:");
    out += option_items(x);
    if (!x.notes.empty())
      out += verbatim(x.notes);
  }
  return out;
}

std::string settings_text() {
  auto out = title("SETTINGS")
             + prose("A flag beats the environment, which beats the file, which "
                     "beats the default. observer config shows what is in "
                     "effect, and from where. Secrets have no flag: a command "
                     "line is visible to every user.");
  std::string_view section;
  for (auto& s : settings()) {
    if (s.section() != section) {
      section = s.section();
      out += fmt::format(".SS {}\n", plain(section_title(section)));
    }
    auto names = fmt::format("{} ({}{}{})", s.key, s.environment,
                             s.is_secret() ? ", " + file_environment(s) : "",
                             s.flag.empty() ? "" : ", " + std::string{s.flag});
    auto text = fmt::format("{} Takes {}", s.effect, expectation(s));
    if (!s.default_text.empty() && !s.is_secret())
      text += fmt::format("; default {}", s.default_text);
    if (!s.paper_default.empty())
      text += fmt::format(", of a paper account {}", s.paper_default);
    out += item(names, text + ".");
  }
  return out;
}

std::string environment_text() {
  std::vector<std::string> secret_files;
  for (auto& s : settings())
    if (s.is_secret())
      secret_files.push_back(file_environment(s));
  return title("ENVIRONMENT")
         + prose("Each setting has a variable, named above. One that is empty "
                 "counts as not set.")
         + item("OBSERVER_CONFIG", "The settings file; it must exist.")
         + item(fmt::format("{}", fmt::join(secret_files, ", ")),
                "A file that holds the secret, in one line.")
         + item("LC_ALL, LC_MESSAGES, LANG",
                "With Korean there, observer console speaks Korean.");
}

std::string files_text() {
  return title("FILES")
         + item("./observer.toml, /etc/observer/observer.toml",
                "The settings, where no other file is named: the first that is "
                "there.")
         + item("DATA/scalp/20260914_15.jsonl",
                "Ticks, by Korean hour of receipt; beside each closed file its "
                ".manifest.json, with its size and SHA-256.")
         + item("DATA/quarantine/20260914.jsonl",
                "What was rejected, raw, with the reason.")
         + item("DATA/system/20260914.jsonl",
                "Gaps, connections, refusals, orders of operators.");
}

std::string exit_status_text(const outline& all) {
  auto out = title("EXIT STATUS");
  for (auto& x : all.commands)
    out += item(x.name, x.exit_status);
  return out + ".PP\n"
         + prose("A command line that is not understood, or output that cannot "
                 "be written, is 2 of any command.");
}

std::string signals_text() {
  return title("SIGNALS")
         + prose("Of run, demo and simulate; a signal ends the others as any "
                 "program.")
         + item("TERM, INT, HUP, QUIT, PWR, XCPU",
                "An orderly stop; a second one changes nothing, and "
                "run.stop_deadline_ms bounds it. HUP is ignored under nohup.")
         + item("USR1", "Debug lines in the log, or no longer.")
         + item("USR2", "The counts in the log, now.")
         + item("others that would end or suspend a process", "Ignored.");
}

std::string examples_text(const outline& all) {
  auto out = title("EXAMPLES");
  for (auto& x : all.commands)
    for (auto& y : x.examples)
      out += fmt::format(".TP\n{}\n{}", plain(y.line), prose(y.effect));
  return out;
}

} // namespace

std::string manual(const outline& all) {
  std::string out = ".\\\" Written by `observer man`.\n";
  out += fmt::format(".TH OBSERVER 1 \"\" \"observer {}\" \"User Commands\"\n",
                     OBSERVER_VERSION);
  // No name of an option or a variable is parted at the end of a line: it is
  // looked for, and copied.
  out += ".nh\n.ad l\n";
  out += title("NAME") + "observer \\- records the real\\-time market data of a "
                         "KIS account\n";
  out += title("SYNOPSIS");
  for (auto& x : all.commands)
    out += (&x == &all.commands.front() ? "" : ".br\n") + bold("observer")
           + plain(synopsis(x).substr(8)) + '\n';
  out += title("DESCRIPTION")
         + prose("Every trade of a Korea Investment & Securities account that "
                 "reaches the socket ends on disk as a JSON line, or in a "
                 "counter and a file that say why not. For each slot, at every "
                 "moment, received = persisted + rejected + shed + in flight; "
                 "observer audit proves the files afterwards, from the files "
                 "alone.");
  out += commands_text(all);
  out += title("OPTIONS");
  for (auto& option : all.options)
    out += item(heading(option), option.effect);
  return out + settings_text() + environment_text() + files_text()
         + exit_status_text(all) + signals_text() + examples_text(all);
}

} // namespace observer
