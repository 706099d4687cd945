#include "runtime/commands/error_form.hpp"

#include <cstdlib>
#include <string_view>

#include "actors/supervision/last_words.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/settings/load.hpp"

namespace observer {

void choose_error_form(int argc, char** argv) {
  std::string_view command = argc > 1 ? argv[1] : "";
  if (command != "run" && command != "demo" && command != "simulate"
      && command != "console")
    return;
  auto format = std::getenv("LOG_FORMAT");
  last_words_in_json(format && std::string_view{format} == "json");
  flag_values flags;
  constexpr std::string_view flag = "--log-format";
  for (int i = 2; i < argc && command == "run"; ++i) {
    std::string_view text{argv[i]};
    if (text == flag && i + 1 < argc)
      flags.values["log.format"] = argv[i + 1];
    else if (text.starts_with(flag) && text.substr(flag.size()).starts_with('='))
      flags.values["log.format"] = text.substr(flag.size() + 1);
  }
  if (wanted_format(process_sources(flags)) == "json") {
    set_error_form(line_form::json);
    last_words_in_json(true);
  }
}

} // namespace observer
