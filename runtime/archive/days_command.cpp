#include "runtime/archive/days_command.hpp"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "runtime/storage/posix_file_system.hpp"

namespace observer {

void add_days_options(CLI::App& app, days_options& options) {
  app.add_option("ACTION", options.action,
                 "list; or mark, unmark a day as one to stay longer")
    ->type_name("list|mark|unmark")
    ->check(CLI::IsMember(std::vector<std::string>{"list", "mark", "unmark"}));
  app.add_option("DAY", options.day, "Only this day, YYYYMMDD or YYYY-MM-DD");
  app.add_option("--why", options.why, "Why it is marked; kept with the mark")
    ->type_name("TEXT");
  app.add_flag("--json", options.json, "Print a JSON object");
  add_config_options(app, options.flags);
}

namespace {

using json = nlohmann::ordered_json;

struct told_day {
  const archive_day* day = nullptr;
  const day_notes* notes = nullptr;
  const proven_backup* backup = nullptr;
  /// The backup has all that could be backed up.
  bool backed_up = false;
  day_certificate certificate;
};

/// `20260914`, of either spelling; empty if it is no day.
std::string date_of(std::string text) {
  if (text.size() == 10 && text[4] == '-' && text[7] == '-')
    text = text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2);
  return parse_korean_date(text) ? text : std::string{};
}

std::string in_units(uint64_t bytes) {
  constexpr std::string_view units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  auto n = static_cast<double>(bytes);
  size_t i = 0;
  for (; n >= 999.5 && i + 1 < std::size(units); ++i)
    n /= 1000;
  return i == 0 ? fmt::format("{} B", bytes)
                : fmt::format("{:.1f} {}", n, units[i]);
}

std::string state_of(const archive_day& d) {
  std::string out;
  auto add = [&](size_t n, std::string_view what) {
    if (n > 0)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", n, what);
  };
  add(d.count(day_form::plain), "plain");
  add(d.count(day_form::both), "both");
  add(d.count(day_form::compressed), "compressed");
  add(d.count(day_form::away), "away");
  add(d.open(), "open");
  return out;
}

std::string backup_of(const told_day& t) {
  if (!t.backup)
    return "none";
  return fmt::format("{}, {}{}", t.backup->target,
                     timestamp(t.backup->verified_at_us).substr(0, 16),
                     t.backed_up ? "" : " (not all of it)");
}

std::string certificate_of(const told_day& t) {
  return !t.certificate.there      ? "none"
         : t.certificate.percent ? fmt::format("{} %", *t.certificate.percent)
                                 : "unreadable";
}

json json_of(const told_day& t) {
  auto& d = *t.day;
  return {{"day", d.date()},
          {"files", d.files.size()},
          {"bytes", d.on_disk()},
          {"lines",
           {{"scalp", d.lines(dataset::scalp)},
            {"quarantine", d.lines(dataset::quarantine)},
            {"system", d.lines(dataset::system)}}},
          {"gaps", d.gaps()},
          {"plain", d.count(day_form::plain) + d.count(day_form::both)},
          {"compressed", d.count(day_form::compressed)},
          {"away", d.count(day_form::away)},
          {"open", d.open()},
          {"backed_up", t.backed_up},
          {"backup", t.backup
                       ? json{{"target", t.backup->target},
                              {"verified_at",
                               timestamp(t.backup->verified_at_us)}}
                       : json(nullptr)},
          {"certificate", t.certificate.percent
                            ? json(*t.certificate.percent)
                            : json(nullptr)},
          {"judged", t.notes && t.notes->judged.has_value()},
          {"anomaly", t.notes && t.notes->is_anomaly() ? json(t.notes->why())
                                                       : json(nullptr)}};
}

std::string table_of(const std::vector<told_day>& all) {
  std::vector<std::vector<std::string>> rows{
    {"DAY", "BYTES", "TICKS", "GAPS", "FILES", "BACKUP", "CERTIFICATE",
     "ANOMALY"}};
  for (auto& t : all)
    rows.push_back({t.day->date(), in_units(t.day->on_disk()),
                    fmt::format("{}", t.day->lines(dataset::scalp)),
                    fmt::format("{}", t.day->gaps()), state_of(*t.day),
                    backup_of(t), certificate_of(t),
                    t.notes ? t.notes->why() : ""});
  std::vector<size_t> widths(rows[0].size());
  for (auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  for (auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += i + 1 == row.size() ? row[i]
              : i >= 1 && i <= 3
                ? fmt::format("{:>{}}  ", row[i], widths[i])
                : fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

int list_days(const std::string& dir, const std::string& only, bool as_json,
              file_system& files, const archive_work& work, std::ostream& out,
              std::ostream& err) {
  auto found = survey_archive(files, dir, {}, work, {});
  auto lacking = backlog_of(found, INT64_MAX).days;
  std::vector<told_day> all;
  for (auto& d : found.catalogue.days) {
    if (!only.empty() && d.date() != only)
      continue;
    told_day t;
    t.day = &d;
    if (auto n = found.notes.find(d.day); n != found.notes.end())
      t.notes = &n->second;
    if (auto b = found.backups.find(d.day); b != found.backups.end())
      t.backup = &b->second;
    t.backed_up = t.backup
                  && std::find(lacking.begin(), lacking.end(), d.day)
                       == lacking.end();
    t.certificate = read_certificate(files, dir, d.day);
    all.push_back(t);
  }
  auto& problems = found.catalogue.problems;
  if (as_json) {
    auto days = json::array();
    for (auto& t : all)
      days.push_back(json_of(t));
    out << json_for_terminal(
      json{{"days", std::move(days)},
           {"bytes", found.catalogue.on_disk()},
           {"foreign", found.catalogue.foreign},
           {"partial", found.catalogue.partial},
           {"problems", problems}}
        .dump(1, ' ', false, json::error_handler_t::replace)
      + "\n");
  } else {
    out << lines_for_terminal(table_of(all));
  }
  for (auto& text : problems)
    err << "observer: " << outside_text(text) << "\n";
  return problems.empty() ? 0 : 1;
}

} // namespace

int run_days(const days_options& options, const config_sources& sources,
             file_system& files, const archive_work_function& work,
             int64_t now_us, std::ostream& out, std::ostream& err) {
  auto fails = [&](const std::string& text) {
    err << "observer: " << outside_text(text) << "\n";
    return 2;
  };
  auto c = load_config(sources);
  if (!c)
    return fails(c.error().text);
  auto& dir = c->data.dir;
  auto listed = files.list(dir);
  if (listed.problem)
    return fails(listed.problem->text());
  if (listed.names.empty() && listed.others.empty())
    return fails(dir + ": there is nothing: data.dir (--data-dir) names the "
                       "folder that holds the journals");
  auto date = date_of(options.day);
  if (date.empty() && !options.day.empty())
    return fails(options.day + ": expected a day, YYYYMMDD or YYYY-MM-DD");
  if (options.action == "list")
    return list_days(dir, date, options.json, files,
                     work ? work(*c) : archive_work{}, out, err);
  if (date.empty())
    return fails(options.action + ": which day? YYYYMMDD or YYYY-MM-DD");
  auto marks = options.action == "mark";
  auto written = write_mark(files, dir, *parse_korean_date(date),
                            {marks, options.why, now_us});
  if (!written)
    return fails(written.error().text);
  out << date
      << (marks ? " stays as long as days with anomalies\n"
                : " stays as long as days without anomalies\n");
  return 0;
}

int run_days(const days_options& options, const archive_work_function& work,
             std::ostream& out, std::ostream& err) {
  posix_file_system files;
  auto now = std::chrono::duration_cast<std::chrono::microseconds>(
    std::chrono::system_clock::now().time_since_epoch());
  return run_days(options, process_sources(options.flags), files, work,
                  now.count(), out, err);
}

} // namespace observer
