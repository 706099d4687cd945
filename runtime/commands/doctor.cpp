#include "runtime/commands/doctor.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "runtime/commands/help.hpp"
#include "runtime/doctor/doctor.hpp"
#include "runtime/process/signals.hpp"
#include "runtime/process/standard_streams.hpp"

namespace observer {

namespace {

using nlohmann::ordered_json;

/// The lines as they come; at the end their sum.
class findings_printer {
 public:
  findings_printer(bool json, std::ostream& out) : json_(json), out_(out) {}

  void tell(const check_line& line) {
    ++counts_[static_cast<size_t>(line.state)];
    auto text = redacted(line.text, std::string::npos, text_kind::own);
    if (json_) {
      lines_.push_back({{"name", line.name},
                        {"state", to_string(line.state)},
                        {"text", text}});
      return;
    }
    out_ << lines_for_terminal(
      fmt::format("{:<8} {:<12} {}\n", to_string(line.state), line.name, text))
         << std::flush;
  }

  int finish(const std::string& version) {
    auto failed = count(check_state::failed);
    if (json_)
      out_ << json_for_terminal(
        ordered_json{{"version", version},
                     {"failed", failed},
                     {"warnings", count(check_state::warning)},
                     {"skipped", count(check_state::skipped)},
                     {"checks", lines_}}
          .dump(2, ' ', false, ordered_json::error_handler_t::replace)
        + "\n");
    else
      out_ << fmt::format("in order {}, warnings {}, failed {}, skipped {}\n",
                          count(check_state::ok), count(check_state::warning),
                          failed, count(check_state::skipped));
    return failed > 0 ? 1 : 0;
  }

 private:
  size_t count(check_state state) const {
    return counts_[static_cast<size_t>(state)];
  }

  bool json_;
  std::ostream& out_;
  ordered_json lines_ = ordered_json::array();
  size_t counts_[4] = {};
};

} // namespace

void add_doctor_options(CLI::App& app, doctor_options& options) {
  app.add_flag("--fix", options.fix,
               "Make the data directory where it is missing, and give this user "
               "the rights back on what belongs to it; removes nothing");
  app.add_flag("--json", options.json, "Print a JSON object");
  app.add_flag("--offline", options.offline,
               "Leave out what asks the name servers and the broker");
  add_config_options(app, options.flags);
}

doctor_outcome run_doctor(const doctor_options& options,
                          const config_sources& sources, std::ostream& out) {
  auto version = version_text();
  version = version.substr(0, version.find('\n'));
  findings_printer printer{options.json, out};
  printer.tell({"version", check_state::ok, version});
  std::shared_ptr<const config> kept;
  if (auto c = load_config(sources)) {
    kept = std::make_shared<const config>(std::move(c).value());
  } else {
    printer.tell({"settings", check_state::failed, c.error().text});
    printer.tell({"settings", check_state::skipped,
                  "what rests on them is not looked at"});
  }
  doctor_outcome outcome;
  run_checks(checks_of(kept, {options.offline, options.fix}),
             [&](const check_line& line) { printer.tell(line); },
             &outcome.left_behind);
  outcome.status = printer.finish(version);
  return outcome;
}

int run_doctor(const doctor_options& options) {
  // Of the file system's and the network's own words only the lines are wanted.
  spdlog::set_level(spdlog::level::off);
  ignore_broken_pipes();
  auto outcome
    = run_doctor(options, process_sources(options.flags), std::cout);
  outcome.status = status_of_output("doctor", outcome.status);
  // A thread that hangs may use what destructors take away.
  if (outcome.left_behind) {
    std::cerr.flush();
    std::_Exit(outcome.status);
  }
  return outcome.status;
}

} // namespace observer
