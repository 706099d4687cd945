#include "runtime/archive/command.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/archive/day_notes.hpp"
#include "actors/archive/restore_day.hpp"
#include "actors/archive/verify_backup.hpp"
#include "messages/journal_names.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"
#include "runtime/archive/backup_job.hpp"
#include "runtime/archive/backup_lock.hpp"
#include "runtime/storage/posix_file_system.hpp"

namespace observer {

namespace {

using json = nlohmann::ordered_json;

std::atomic<bool> told_to_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

/// Ctrl-C and SIGTERM set `told_to_stop` while this lives.
class stop_watch {
 public:
  stop_watch() {
    told_to_stop = false;
    struct sigaction action {};
    action.sa_handler = [](int) {
      told_to_stop.store(true, std::memory_order_relaxed);
    };
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, &int_before_);
    ::sigaction(SIGTERM, &action, &term_before_);
  }
  ~stop_watch() {
    ::sigaction(SIGINT, &int_before_, nullptr);
    ::sigaction(SIGTERM, &term_before_, nullptr);
  }
  stop_watch(const stop_watch&) = delete;
  stop_watch& operator=(const stop_watch&) = delete;

 private:
  struct sigaction int_before_ {}, term_before_ {};
};

std::string without_dashes(std::string day) {
  if (day.size() == 10 && day[4] == '-' && day[7] == '-')
    day = day.substr(0, 4) + day.substr(5, 2) + day.substr(8);
  return day;
}

std::string fault_of_day(const std::string& text) {
  return is_calendar_date(without_dashes(text))
           ? std::string{}
           : outside_value(text) + " is not a day; write it as 20260914";
}

std::string size_text(uint64_t bytes) {
  return bytes < 10'000'000 ? fmt::format("{:.1f} MB", bytes / 1e6)
                            : fmt::format("{:.0f} MB", bytes / 1e6);
}

/// What all three share.
class archive_command {
 public:
  archive_command(const char* name, bool as_json, const std::atomic<bool>* stop,
                  std::ostream& out, std::ostream& err)
    : name_(name), as_json_(as_json), stop_(stop), out_(out), err_(err) {
    if (!stop_) {
      watch_.emplace();
      stop_ = &told_to_stop;
    }
  }

 protected:
  bool load(const config_sources& sources) {
    auto c = load_config(sources);
    if (!c) {
      say(c.error().text);
      return false;
    }
    for (auto& warning : c->warnings)
      say("warning: " + warning);
    c_ = std::move(*c);
    return true;
  }
  void say(const std::string& text) {
    err_ << "observer " << name_ << ": " << outside_text(text) << "\n";
    err_.flush();
  }
  bool is_stopped() const {
    return stop_->load(std::memory_order_relaxed);
  }
  std::function<bool()> go_on() const {
    return [this] { return !is_stopped(); };
  }
  void tell(const std::string& text, json entry) {
    if (as_json_)
      told_.push_back(std::move(entry));
    else
      out_ << outside_text(text) << "\n" << std::flush;
  }
  int end(int status) {
    if (is_stopped()) {
      say("interrupted: what was done stays, and the next one goes on with it");
      status = 130;
    }
    if (as_json_)
      out_ << json_for_terminal(
        json{{"exit", status}, {"days", told_}}.dump(
          2, ' ', false, json::error_handler_t::replace))
           << "\n";
    return status;
  }

  config c_;
  posix_file_system fs_;

 private:
  const char* name_;
  bool as_json_;
  const std::atomic<bool>* stop_;
  std::optional<stop_watch> watch_;
  std::ostream& out_;
  std::ostream& err_;
  json told_ = json::array();
};

class backup_command : archive_command {
 public:
  backup_command(const backup_options& options, std::ostream& out,
                 std::ostream& err)
    : archive_command("backup", options.json, options.stop, out, err),
      options_(options), days_(options.words) {
    verify_ = !days_.empty() && days_.front() == "verify";
    if (verify_)
      days_.erase(days_.begin());
    for (auto& day : days_)
      day = without_dashes(day);
  }

  int run(const config_sources& sources) {
    for (auto& day : days_)
      if (auto fault = fault_of_day(day); !fault.empty()) {
        say(fault);
        return 2;
      }
    if (!load(sources))
      return 2;
    choice_ = {options_.target, options_.init, verify_};
    auto target = make_target(fs_, c_, choice_);
    if (!target) {
      say(target.error().text);
      return 2;
    }
    if (verify_)
      return end(verify(**target));
    if (options_.init && days_.empty() && !options_.all)
      return end(init(**target));
    return end(back_up(**target));
  }

 private:
  /// Whether the target is there and takes backups; says why not.
  bool is_reached(backup_target& target) {
    auto lock = backup_lock::take(c_.data.dir);
    auto ok = lock ? target.prepare() : result<>{lock.error()};
    if (!ok)
      say(ok.error().text);
    for (auto& remark : target.remarks())
      say(remark);
    return static_cast<bool>(ok);
  }

  int init(backup_target& target) {
    if (!is_reached(target))
      return 1;
    tell(fmt::format("{} takes backups", target.name()),
         {{"target", target.name()}, {"id", target.id()}});
    return 0;
  }

  int back_up(backup_target& target) {
    auto days = wanted_days(target);
    if (!days) {
      say(days.error().text);
      return 2;
    }
    if (days->empty()) {
      // Before the first day is over is the time to learn that it is not there.
      if (!any_closed_ && !is_reached(target))
        return 1;
      tell(any_closed_ ? "All closed days are backed up to " + target.name()
                       : "No day is over yet; " + target.name()
                           + " takes backups",
           {{"done", "all"}, {"target", target.name()}});
    }
    auto status = 0;
    for (auto& day : *days) {
      if (is_stopped())
        break;
      using std::chrono::steady_clock;
      auto begin = steady_clock::now();
      auto done = back_up_with(
        fs_, c_, {day, choice_, options_.all || !days_.empty()}, go_on());
      // Once a target was taken, it is.
      choice_.may_begin = false;
      if (!done) {
        status = 1;
        if (!is_stopped())
          say(done.error().text);
        tell_failure(day, done.error().text);
        continue;
      }
      std::chrono::duration<double> took = steady_clock::now() - begin;
      tell_done(*done, took.count());
    }
    return status;
  }

  result<std::vector<std::string>> wanted_days(const backup_target& target) {
    if (!days_.empty())
      return days_;
    auto now = std::chrono::system_clock::now().time_since_epoch();
    auto closed = closed_days(
      fs_, c_.data.dir,
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
    any_closed_ = closed && !closed->empty();
    // What another target has is not in this one. Where nobody knows, each
    // backup says why.
    auto id = target.known_id();
    if (!closed || options_.all || !id)
      return closed;
    std::vector<std::string> out;
    for (auto& day : *closed) {
      auto there = is_day_backed_up(fs_, c_.data.dir, day, *id);
      if (!there)
        return there.error();
      // The record is of then, and perhaps of another target: one that does not
      // answer tells the attempt why.
      auto missing = *there ? missing_backup(fs_, c_, day, choice_, go_on())
                            : result<std::string>{problem{}};
      if (!missing || !missing->empty())
        out.push_back(day);
    }
    return out;
  }

  void tell_done(const backup_outcome& x, double seconds) {
    for (auto& remark : x.remarks)
      say(remark);
    auto rate = seconds > 0 ? x.bytes / 1e6 / seconds : 0.0;
    tell(fmt::format("{}  {} files, {} proven in {} (sent {}, {}; {:.1f} s, {:.0f} "
                     "MB/s)",
                     x.day, x.files, size_text(x.bytes), x.target, x.sent_files,
                     size_text(x.sent_bytes), seconds, rate),
         {{"day", x.day},
          {"target", x.target},
          {"files", x.files},
          {"bytes", x.bytes},
          {"sent_files", x.sent_files},
          {"sent_bytes", x.sent_bytes},
          {"was_there", x.was_there},
          {"verified_at", timestamp(x.verified_at_us)},
          {"seconds", seconds},
          {"remarks", x.remarks}});
  }

  void tell_failure(const std::string& day, const std::string& why) {
    if (options_.json)
      tell("", {{"day", day}, {"problem", outside_text(why)}});
  }

  int verify(backup_target& target) {
    auto days = days_;
    if (days.empty()) {
      auto recorded = recorded_days();
      if (!recorded) {
        say(recorded.error().text);
        return 2;
      }
      days = *recorded;
    }
    if (days.empty())
      say("no day has a record of a backup here; name the days");
    auto status = days.empty() ? 1 : 0;
    for (auto& day : days) {
      if (is_stopped())
        break;
      auto check = verify_backup(day, target, go_on());
      if (!check) {
        if (!is_stopped())
          say(check.error().text);
        tell_failure(day, check.error().text);
        status = 1;
        continue;
      }
      if (!check->is_whole())
        status = 1;
      tell_check(*check);
    }
    return status;
  }

  result<std::vector<std::string>> recorded_days() {
    auto found = fs_.list(backup_state_directory(c_.data.dir));
    if (found.problem)
      return problem{found.problem->text()};
    std::vector<std::string> out;
    for (auto& name : found.names)
      if (auto day = name.substr(0, 8);
          is_calendar_date(day) && name == day + ".json")
        out.push_back(day);
    return out;
  }

  void tell_check(const backup_check& x) {
    auto words = x.absent ? fmt::format("{}  there is no package in {}", x.day,
                                        x.target)
                 : x.is_whole()
                   ? fmt::format("{}  whole: {} files, {} in {}", x.day, x.files,
                                 size_text(x.bytes), x.target)
                   : fmt::format("{}  NOT whole in {}{}{}", x.day, x.target,
                                 x.doubt.empty() ? "" : ": ", x.doubt);
    auto name = [&](const char* what, const std::vector<std::string>& files) {
      for (auto& file : files)
        words += fmt::format("\n          {} {}", what, outside_value(file));
    };
    name("missing:", x.missing);
    name("changed:", x.changed);
    name("besides: ", x.extra);
    json entry{{"day", x.day},         {"target", x.target},
               {"whole", x.is_whole()}, {"files", x.files},
               {"bytes", x.bytes},     {"missing", x.missing},
               {"changed", x.changed}, {"extra", x.extra},
               {"doubt", x.doubt},     {"absent", x.absent}};
    tell_lines(words, std::move(entry));
  }

  void tell_lines(const std::string& words, json entry) {
    if (options_.json)
      tell("", std::move(entry));
    else
      for (size_t at = 0; at < words.size();) {
        auto end = std::min(words.find('\n', at), words.size());
        tell(words.substr(at, end - at), {});
        at = end + 1;
      }
  }

  const backup_options& options_;
  std::vector<std::string> days_;
  bool verify_ = false;
  /// Found by wanted_days: a day is over.
  bool any_closed_ = false;
  target_choice choice_;
};

class restore_command : archive_command {
 public:
  restore_command(const restore_options& options, std::ostream& out,
                  std::ostream& err)
    : archive_command("restore", options.json, options.stop, out, err),
      options_(options) {}

  int run(const config_sources& sources) {
    auto day = without_dashes(options_.day);
    if (auto fault = fault_of_day(day); !fault.empty()) {
      say(fault);
      return 2;
    }
    if (!load(sources))
      return 2;
    auto target = make_target(fs_, c_, {options_.from, false, true});
    if (!target) {
      say(target.error().text);
      return 2;
    }
    auto into = options_.to.empty() ? c_.data.dir : options_.to;
    std::unique_ptr<backup_lock> lock;
    if (options_.to.empty()) {
      if (auto bad = fs_.make_directory(into)) {
        say(bad->text());
        return 1;
      }
      auto taken = backup_lock::take(into);
      if (!taken) {
        say(taken.error().text);
        return 1;
      }
      lock = std::move(*taken);
      if (auto ok = keep(into, day); !ok) {
        say(ok.error().text);
        return 1;
      }
    }
    using std::chrono::steady_clock;
    auto begin = steady_clock::now();
    auto done = restore_day(fs_, into, day, **target, go_on());
    if (!done) {
      if (!is_stopped())
        say(done.error().text);
      if (options_.json)
        tell("", {{"day", day}, {"problem", outside_text(done.error().text)}});
      return end(1);
    }
    std::chrono::duration<double> took = steady_clock::now() - begin;
    tell(fmt::format("{}  {} files, {} restored into {} and proven, {} were there "
                     "({:.1f} s, {:.0f} MB/s)",
                     day, done->files, size_text(done->bytes), into, done->kept,
                     took.count(),
                     took.count() > 0 ? done->bytes / 1e6 / took.count() : 0.0),
         {{"day", day},
          {"target", done->target},
          {"directory", into},
          {"files", done->files},
          {"bytes", done->bytes},
          {"kept", done->kept},
          {"seconds", took.count()}});
    return end(0);
  }

 private:
  /// The recorder deletes by age what it has a backup of, within the hour.
  result<> keep(const std::string& data_dir, const std::string& day) {
    using namespace std::chrono;
    auto now = duration_cast<microseconds>(
      system_clock::now().time_since_epoch());
    auto number = parse_korean_date(day);
    return number ? write_restored(fs_, data_dir, *number, now.count())
                  : result<>{};
  }

  const restore_options& options_;
};

} // namespace

void add_backup_options(CLI::App& app, backup_options& options) {
  app.add_option("DAY", options.words,
                 "Days (20260914 or 2026-09-14), each read back whether it was "
                 "backed up or not; absent: all that are over and not backed up. "
                 "After the word verify: those to check, absent: all with a "
                 "record")
    ->type_name("DAY:{verify}")
    ->check([first = true](const std::string& word) mutable {
      auto is_first = std::exchange(first, false);
      return is_first && word == "verify" ? std::string{} : fault_of_day(word);
    });
  app.add_option("--target", options.target,
                 "In the place of backup.target: a folder, s3://BUCKET/PREFIX or "
                 "command:/PROGRAM")
    ->type_name("TARGET");
  app.add_flag("--all", options.all,
               "Also the days that are backed up: read them back again");
  app.add_flag("--init", options.init,
               "Take the folder as a target, though it is not empty, or another "
               "disk than before");
  app.add_flag("--json", options.json, "Print a JSON object");
  add_config_options(app, options.flags);
}

void add_restore_options(CLI::App& app, restore_options& options) {
  app.add_option("DAY", options.day, "The day (20260914 or 2026-09-14)")
    ->required()
    ->check([](const std::string& word) { return fault_of_day(word); });
  app.add_option("--to", options.to,
                 "The folder to restore into [default the data directory]")
    ->type_name("DIR");
  app.add_option("--from", options.from,
                 "In the place of backup.target: a folder, s3://BUCKET/PREFIX or "
                 "command:/PROGRAM")
    ->type_name("TARGET");
  app.add_flag("--json", options.json, "Print a JSON object");
  add_config_options(app, options.flags);
}

int run_backup(const backup_options& options, const config_sources& sources,
               std::ostream& out, std::ostream& err) {
  return backup_command{options, out, err}.run(sources);
}

int run_restore(const restore_options& options, const config_sources& sources,
                std::ostream& out, std::ostream& err) {
  return restore_command{options, out, err}.run(sources);
}

} // namespace observer
