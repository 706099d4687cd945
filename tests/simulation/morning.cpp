#include "simulation/morning.hpp"

#include <cerrno>
#include <sstream>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "messages/korean_time.hpp"
#include "runtime/audit/command.hpp"

namespace observer::simulation {

namespace {

constexpr int64_t second = us_per_second;

class player {
 public:
  player(world& w, morning& m, const morning_options& o)
    : w_(w), b_(*w.exchange), m_(m), options_(o) {}

  /// Faults for so long.
  void suffer(int64_t us) {
    auto end = w_.now_us() + us;
    while (w_.now_us() < end) {
      w_.pass(w_.random.between(second / 10, 7 * second));
      if (!w_.running()) {
        w_.start();
        continue;
      }
      strike();
    }
  }

  /// Everything is well again, and everybody registered.
  void heal() {
    note("all is well again");
    b_.sockets = b_.rest = broker::answer::well;
    b_.mute = false;
    b_.damage(0);
    b_.shift_layout("");
    b_.silence(0);
    b_.mix_up(false);
    // What a stall holds back comes at its end, which was planned.
    w_.pass_until(60 * second, [&] { return !b_.stalled(); });
    w_.files->mend();
    w_.manners = {};
    for (int i = 0; i < 40; ++i) {
      if (!w_.running() && !w_.start())
        w_.pass(second);
      else if (w_.pass_until(60 * second, [&] {
                 return !w_.running() || b_.all_registered();
               })
               && w_.running()) {
        // Those who were refused are asked for again in the next session.
        w_.pass(2 * second);
        if (b_.all_registered())
          return;
      } else
        b_.drop("a new session");
    }
    m_.findings.push_back("not everything was registered within 40 minutes "
                          "after all was well");
  }

 private:
  void note(const std::string& what) {
    if (options_.say)
      options_.say(fmt::format("{:9.3f} s  {}",
                               static_cast<double>(w_.now_us()) / 1e6, what));
  }
  void fault(const std::string& kind, const std::string& more = {}) {
    ++m_.faults[kind];
    note(more.empty() ? kind : kind + ": " + more);
  }
  int64_t some(int64_t low, int64_t high) {
    return w_.random.between(low, high);
  }
  void later(int64_t us, std::function<void()> what) {
    w_.line.in(us, 0, std::move(what));
  }

  void strike() {
    auto kind = some(0, 28);
    if (kind < 5)
      strike_session(kind);
    else if (kind < 10)
      strike_broker(kind);
    else if (kind < 14)
      strike_actor();
    else if (kind < 19)
      strike_disk();
    else if (kind < 22)
      strike_machine();
    else if (kind < 25)
      strike_clock();
    else
      strike_layout(kind);
  }

  void strike_layout(int64_t kind) {
    auto for_us = some(2 * second, 30 * second);
    if (kind == 25) {
      fault("damage", fmt::format("{} s", for_us / second));
      b_.damage(some(5, 300));
      later(for_us, [this] { b_.damage(0); });
      return;
    }
    if (kind == 28) {
      fault("other symbols", fmt::format("{} s", for_us / second));
      b_.mix_up(true);
      later(for_us, [this] { b_.mix_up(false); });
      return;
    }
    auto& all = b_.symbols();
    auto which = kind == 26 ? std::string{"*"}
                            : all[static_cast<size_t>(some(
                                0, static_cast<int64_t>(all.size()) - 1))];
    fault("layout", fmt::format("of {} for {} s", which, for_us / second));
    b_.shift_layout(which);
    later(for_us, [this] { b_.shift_layout(""); });
  }

  void strike_session(int64_t kind) {
    auto now = w_.now_us();
    switch (kind) {
      case 0:
        fault("drop");
        b_.drop("connection reset by peer");
        break;
      case 1: {
        auto us = some(second, 45 * second);
        fault("silence", fmt::format("{} s", us / second));
        b_.silence(now + us);
        break;
      }
      case 2:
        fault("half open");
        b_.freeze();
        break;
      case 3: {
        auto us = some(second, 20 * second);
        fault("slow", fmt::format("{} s", us / second));
        b_.stall(now + us);
        break;
      }
      default:
        fault("garbage");
        b_.garbage();
    }
  }

  void strike_broker(int64_t kind) {
    auto for_us = some(second, 30 * second);
    switch (kind) {
      case 5:
        fault("refusal");
        b_.refuse_next();
        b_.drop("closed");
        break;
      case 6:
        fault("dead approval key");
        b_.forget_keys();
        b_.drop("closed");
        break;
      case 7:
        fault("app key in use");
        b_.take_appkey(w_.now_us() + for_us);
        break;
      case 8: {
        using answer = broker::answer;
        auto what = static_cast<answer>(some(1, 4));
        fault("no session", fmt::format("{} for {} s", static_cast<int>(what),
                                        for_us / second));
        b_.sockets = what;
        if (some(0, 1))
          b_.rest = some(0, 1) ? answer::unreachable : answer::nothing;
        b_.drop("going down");
        later(for_us, [this] { b_.sockets = b_.rest = answer::well; });
        break;
      }
      default:
        if (some(0, 1)) {
          fault("width");
          b_.widen();
        } else {
          fault("no replies", fmt::format("{} s", for_us / second));
          b_.mute = true;
          b_.drop("closed");
          later(for_us, [this] { b_.mute = false; });
        }
    }
  }

  void strike_actor() {
    static const char* names[]
      = {"scalp_writer", "scalp_writer", "scalp_writer", "quarantine_writer",
         "system_writer", "connection",  "connection",   "credentials",
         "ledger"};
    auto i = some(0, 15);
    auto name = i < 9 ? std::string{names[i]}
                      : fmt::format("slot_{}", some(0, 9));
    auto times = some(0, 5) == 0 ? some(2, 8) : 1;
    fault("kill " + (i < 9 ? name : std::string{"slot"}),
          fmt::format("{}, {} times", name, times));
    for (int64_t n = 0; n < times && w_.running(); ++n) {
      w_.kill_actor(name);
      w_.pass(some(0, second));
    }
  }

  void strike_disk() {
    static const int codes[] = {EIO, ENOSPC, EACCES, EROFS, EDQUOT};
    auto for_us = some(second, 25 * second);
    if (some(0, 4) == 0) {
      fault("slow disk", fmt::format("{} s", for_us / second));
      w_.manners.stalled_until_us = w_.now_us() + for_us;
      return;
    }
    auto code = codes[some(0, 4)];
    auto nth = static_cast<uint64_t>(some(1, 12));
    auto for_good = some(0, 2) == 0;
    fault(fmt::format("errno {}", code),
          fmt::format("operation {} from now, {}", nth,
                      for_good ? fmt::format("for {} s", for_us / second)
                               : std::string{"once"}));
    w_.files->fail_nth(nth, code, for_good);
    if (for_good)
      later(for_us, [this] { w_.files->mend(); });
  }

  void strike_machine() {
    if (some(0, 1)) {
      fault("power cut");
      w_.cut_power();
    } else {
      fault("process killed");
      w_.kill_process();
    }
    // Down for a while.
    w_.pass(some(second / 10, 10 * second));
    if (!w_.running())
      w_.start();
  }

  void strike_clock() {
    // Within the day: another day's volume starts anew.
    auto to = korean_hour_begin_us(korean_hour(w_.clock->us))
              + some(-20, 80) * 60 * second;
    to = std::clamp(to, w_.clock->us - 3 * us_per_hour,
                    w_.clock->us + us_per_hour);
    auto noon = parse_timestamp("2026-09-14T13:00:00.000000+09:00").value();
    if (to > noon || some(0, 2) == 0)
      to = noon - 3 * us_per_hour + some(0, 3'600) * second;
    fault("clock set", fmt::format("by {} s", (to - w_.clock->us) / second));
    w_.clock->set(to);
  }

  world& w_;
  broker& b_;
  morning& m_;
  const morning_options& options_;
};

std::string digest_of(const world& w) {
  auto* context = EVP_MD_CTX_new();
  EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
  for (auto& path : w.files->files()) {
    auto text = path + '\n' + w.files->text(path);
    EVP_DigestUpdate(context, text.data(), text.size());
  }
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(context, bytes, &size);
  EVP_MD_CTX_free(context);
  std::string out;
  for (unsigned int i = 0; i < size; ++i)
    out += fmt::format("{:02x}", bytes[i]);
  return out;
}

/// The report without its tables.
std::string essence(const std::string& report) {
  std::istringstream in{report};
  std::string out;
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("  ") || line.find("): ") != line.npos)
      out += line + '\n';
  return out;
}

void audit(world& w, const std::string& directory, morning& out) {
  w.write_files(directory);
  std::ostringstream report, problems;
  audit_options options;
  options.path = directory;
  options.closed = true;
  options.threads = 1;
  if (run_audit(options, report, problems) != 0)
    out.findings.push_back("the audit says: " + essence(report.str())
                           + problems.str());
}

} // namespace

morning live(const morning_options& options) {
  morning out;
  world_config c;
  c.seed = options.seed;
  c.flaw = options.flaw;
  if (options.say && options.with_log)
    c.on_log = [&](const std::string& text) {
      options.say("               " + text);
    };
  // Some mornings are tight: little memory, a busier market.
  simulate::dice shape{options.seed * 77};
  c.unacked_bytes_max = shape.below(3) == 0 ? 40'000 : 600'000;
  c.market.rate = static_cast<double>(shape.between(8, 40));
  world w{c};
  player p{w, out, options};
  w.start();
  p.suffer(shape.between(60, 150) * us_per_second);
  p.heal();
  if (w.running()) {
    w.exchange->last_trades();
    w.pass(5 * us_per_second);
    if (!w.settled())
      out.findings.push_back("records are still in flight 5 s after all was "
                             "well");
    auto totals = sum(w.counters());
    out.rejected = totals.rejected;
    out.shed = totals.shed;
    w.stop();
  }
  auto compared = compare(w.exchange->facts, w.ticks());
  out.ticks = compared.ticks;
  out.gaps = compared.gaps;
  out.missing_trades = compared.missing_trades;
  out.gave_up = w.gave_up;
  out.recoveries_us = w.recoveries_us;
  for (auto& f : w.findings)
    out.findings.push_back(f);
  for (auto& f : compared.problems)
    out.findings.push_back(f);
  out.digest = digest_of(w);
  if (!options.directory.empty())
    audit(w, options.directory, out);
  return out;
}

} // namespace observer::simulation
