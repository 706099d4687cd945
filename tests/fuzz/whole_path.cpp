// The whole path of a tick under whatever the broker's bytes may be: the real
// reader, connection, slots and writers, on a disk in memory, in one thread and
// simulated time, held against the ledger, the journal's lines and the audit.
//
// An input is a text of lines. A line is a message of the broker, but for
//
//   #BYTES       bytes of the socket as they are, framing and all
//   ~DIGITS      the next message comes in fragments of so many bytes each; a
//                letter puts a ping between two
//   %DIGIT       reads from now on bring so many bytes at once
//   !ORDER       something happens; see `act`
//
// In messages and bytes 0x1d stands for a newline, which ends a line. After an
// input all is well again, and everything must have come to its end.
//
// A world is used by many inputs, as a daemon's day is: starting one costs as
// much as hundreds of them. An input that breaks something is tried alone in a
// new one; if it needed those before it, they are named `company`.

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include <caf/send.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "fuzz/check.hpp"
#include "fuzz/entries.hpp"
#include "fuzz/journal_watch.hpp"
#include "fuzz/whole_path.hpp"
#include "fuzz/wire.hpp"
#include "messages/korean_time.hpp"
#include "runtime/audit/command.hpp"
#include "runtime/network/websocket.hpp"
#include "simulation/world.hpp"

namespace observer::fuzz {

namespace {

constexpr int64_t millisecond = 1'000;
constexpr const char* symbols
  = "005930,000660,0074K0,H0UNCNT0:035720,H0NXCNT0:Q500001,H0STASP0:005930,"
    "H0UNASP0:035720,H0NXASP0:000660";
/// Bounds of one world.
constexpr size_t inputs_max = 2'000;
constexpr size_t journal_bytes_max = 2'000'000;
constexpr int kills_max = 3, processes_max = 4;
/// Faults of the disk and long waits, which cost as much as hundreds of
/// messages.
constexpr int waits_max = 60;

uint64_t hash_of(std::string_view text) {
  auto hash = uint64_t{14695981039346656037u};
  for (auto c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

class path_world {
 public:
  /// In a calm one symbols stay in their slots and processes live: then the
  /// audit's order of ticks is known to be theirs.
  explicit path_world(bool calm) : calm_(calm), world_(made()) {
    require(world_->start(), "a daemon starts");
    clock_begin_us_ = world_->clock->now_us();
    be_open();
  }

  void run(std::string_view input) {
    world_->random = simulate::dice{hash_of(input)};
    be_open();
    while (!input.empty()) {
      auto end = std::min(input.find('\n'), input.size());
      do_line(input.substr(0, end));
      input.remove_prefix(std::min(end + 1, input.size()));
    }
    make_well();
    check();
    ++inputs_;
  }

  /// The daemon stops in order, and its files are proven.
  void end() {
    world_->stop();
    tell_findings();
    check_lines(true);
    audit_files();
  }

  bool used_up() const {
    return inputs_ >= inputs_max || journal_bytes_ >= journal_bytes_max;
  }

 private:
  std::unique_ptr<simulation::world> made() {
    simulation::world_config c;
    // Trades of its own would be in the way.
    c.market.rate = 1e-3;
    c.identity_at_each_message = false;
    c.settings = {{"feed.symbols", symbols},
                  {"feed.subscribe_spacing_ms", "10"},
                  {"feed.reconnect_first_ms", "100"},
                  {"feed.data_silence_ms", "3600000"},
                  {"journal.commit_bytes", "1"}};
    c.net = [this](uint64_t) {
      wire_ = std::make_shared<wire>(world_->clock);
      return wire_;
    };
    c.on_log = [this](const std::string& line) { look_at(line); };
    return std::make_unique<simulation::world>(c);
  }

  simulation::world& w() {
    return *world_;
  }

  // -- oracles ----------------------------------------------------------------

  void look_at(const std::string& line) {
    for (auto never : {"dies of an exception", "an unexpected message",
                       "an error message", "are nowhere", "does not close"})
      if (line.find(never) != line.npos && logged_.empty())
        logged_ = line;
  }

  void tell_findings() {
    require(logged_.empty(), "nothing is logged that must never be", logged_);
    require(w().findings.empty(), "the world has no finding",
            w().findings.empty() ? "" : w().findings.front());
  }

  /// While everything stands still.
  void check_lines(bool stopped) {
    if (faulty_)
      watch_.forget();
    auto lines = watch_.look(*w().files, run_);
    if (stopped)
      return; // the world has held them against its counters
    auto& c = w().counters();
    for (size_t i = 0; i < lines.ticks.size(); ++i)
      require(lines.ticks[i] == c.slots[i].persisted.value(),
              "what is acknowledged is on disk, once",
              fmt::format("slot {}: {} acknowledged, {} there", i,
                          c.slots[i].persisted.value(), lines.ticks[i]));
    auto rejected = c.other.rejected_total();
    for (auto& s : c.slots)
      rejected += s.rejected_total();
    if (c.quarantine_shed.value() == 0)
      require(lines.rejected == rejected,
              "what is rejected is in the quarantine",
              fmt::format("{} rejected, {} there", rejected, lines.rejected));
    require(c.messages.value() == wire_->texts_handed_on,
            "each message is counted",
            fmt::format("{} handed on, {} counted", wire_->texts_handed_on,
                        c.messages.value()));
  }

  void check() {
    w().check_identity();
    tell_findings();
    check_lines(false);
    faulty_ = false;
    journal_bytes_ = 0;
    for (auto& path : w().files->files())
      journal_bytes_ += w().files->view(path).size();
    w().log.clear();
  }

  void audit_files() {
    namespace fs = std::filesystem;
    auto root = fs::exists("/dev/shm") ? fs::path{"/dev/shm"}
                                       : fs::temp_directory_path();
    auto directory = root / fmt::format("observer-whole-path-{}", getpid());
    fs::remove_all(directory);
    w().write_files(directory.string());
    std::ostringstream report, problems;
    audit_options options;
    options.path = directory.string();
    options.closed = true;
    options.threads = 1;
    auto status = run_audit(options, report, problems);
    fs::remove_all(directory);
    auto of_one_run = calm_ && w().gave_up == 0;
    require(status == 0 || (!of_one_run && only_volumes(report.str())),
            "the audit calls the journal sound",
            report.str() + problems.str());
  }

  /// Between slots and between runs the audit puts ticks in the order of their
  /// volume, since clocks are set; a fuzzer's volumes have none.
  static bool only_volumes(const std::string& report) {
    std::istringstream in{report};
    auto any = false;
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("  ") || line.starts_with("  …"))
        continue;
      any = true;
      if (line.find(" - accumulated before ") == line.npos)
        return false;
    }
    return any;
  }

  // -- rest -------------------------------------------------------------------

  bool quiet() {
    if (!w().running() || !w().settled())
      return false;
    auto& m = w().memory();
    for (auto& s : m.slots)
      if (!s->ticks.empty() || !s->rejects.empty() || !s->events.empty())
        return false;
    return m.rejects->empty() && m.events->empty();
  }

  /// Passes time, in growing steps, until `done` or for long enough.
  template <class Done>
  bool wait_for(Done done) {
    constexpr int64_t step_max = us_per_second;
    constexpr int64_t patience = 200 * us_per_second;
    auto end = w().now_us() + patience;
    for (auto step = 2 * millisecond; !done(); step = std::min(2 * step, step_max)) {
      if (w().now_us() >= end)
        return false;
      w().pass(step);
      answer();
      if (!w().running())
        w().start();
    }
    return true;
  }

  void make_well() {
    w().files->mend();
    w().manners = {200, 0};
    wire_->reachable = wire_->replies = true;
    piece_ = SIZE_MAX;
    fragments_.clear();
    // Half a frame would swallow what comes next.
    if (std::exchange(torn_, false))
      wire_->drop("half a frame");
    require(wait_for([this] { return quiet(); }),
            "everything comes to its end once all is well",
            world_->running() ? fmt::format("{} in flight",
                                            sum(w().counters()).in_flight)
                              : "the daemon does not start");
    run_ = w().memory().run_id + "-";
  }

  void be_open() {
    run_ = w().running() ? w().memory().run_id + "-" : "";
    if (wire_->open() && w().actor("connection"))
      return;
    auto asked = false;
    require(wait_for([&] {
              if (wire_->open())
                return true;
              auto connection = w().running() ? w().actor("connection") : nullptr;
              if (connection && !std::exchange(asked, true))
                caf::anon_send(caf::actor_cast<connection_actor>(connection),
                               reconnect{"the fuzzer"});
              return false;
            }),
            "a session opens once all is well");
    settle();
  }

  void settle() {
    w().pass(0);
    answer();
  }

  /// The broker's replies to what was asked.
  void answer() {
    for (auto& text : wire_->take_replies()) {
      std::string bytes;
      append_frame(bytes, websocket::opcode::text, text);
      wire_->receive(bytes);
      w().pass(0);
    }
  }

  // -- an input's lines ---------------------------------------------------------

  static std::string unescaped(std::string_view text) {
    std::string out{text};
    std::ranges::replace(out, '\x1d', '\n');
    return out;
  }

  void do_line(std::string_view line) {
    if (!w().running())
      return;
    if (line.empty())
      return say("");
    auto rest = line.substr(1);
    switch (line.front()) {
      case '#':
        torn_ = true;
        wire_->receive(unescaped(rest), piece_);
        return settle();
      case '~':
        fragments_ = rest;
        return;
      case '%':
        piece_ = rest.empty() || rest[0] < '1' || rest[0] > '9'
                   ? SIZE_MAX
                   : static_cast<size_t>(rest[0] - '0');
        return;
      case '!':
        if (!rest.empty())
          act(rest.front(), rest.substr(1));
        return settle();
      default:
        return say(unescaped(line));
    }
  }

  /// One message, whole or as `fragments_` says.
  void say(const std::string& text) {
    std::string bytes;
    if (fragments_.empty())
      append_frame(bytes, websocket::opcode::text, text);
    else
      append_fragments(bytes, text);
    fragments_.clear();
    auto whole = wire_->open() && !torn_;
    auto before = wire_->texts_read;
    wire_->receive(bytes, piece_);
    require(!whole || wire_->texts_read == before + 1,
            "a whole message is one message");
    settle();
  }

  void append_fragments(std::string& out, std::string_view text) {
    auto first = true;
    for (auto c : fragments_) {
      auto digit = c >= '0' && c <= '9';
      if (!digit) {
        append_frame(out, websocket::opcode::ping, "between");
        continue;
      }
      auto n = std::min(static_cast<size_t>(c - '0') * 7, text.size());
      append_fragment(out, first, false, text.substr(0, n));
      text.remove_prefix(n);
      first = false;
    }
    append_fragment(out, first, true, text);
  }

  static void append_fragment(std::string& out, bool first, bool last,
                              std::string_view payload) {
    auto at = out.size();
    append_frame(out,
                 first ? websocket::opcode::text
                       : websocket::opcode::continuation,
                 payload);
    if (!last)
      out[at] = static_cast<char>(out[at] & 0x7f);
  }

  static int digit_of(std::string_view text, size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] <= '9' ? text[i] - '0'
                                                               : 0;
  }

  void act(char what, std::string_view rest) {
    ++acts_;
    switch (what) {
      case 's':
        return kill(fmt::format("slot_{}", digit_of(rest, 0)));
      case 'c':
        return kill("connection");
      case 'w':
        return kill("scalp_writer");
      case 'q':
        return kill("quarantine_writer");
      case 'y':
        return kill("system_writer");
      case 'k':
        return kill("credentials");
      case 'd':
        return wire_->drop("connection reset by peer");
      case 'o':
        if (auto c = w().actor("connection"))
          caf::anon_send(caf::actor_cast<connection_actor>(c),
                         reconnect{"by order"});
        return;
      case 'u':
        wire_->reachable = !wire_->reachable;
        return;
      case 'n':
        wire_->replies = !wire_->replies;
        return;
      case 'e':
        return break_disk(rest);
      case 'm':
        return w().files->mend();
      case 'h': // it hangs
        w().manners.stalled_until_us = w().now_us() + 300 * millisecond;
        return;
      case 't':
        return pass(digit_of(rest, 0));
      case 'z':
        return set_clock(digit_of(rest, 0));
      case 'C': // before anything else happened
        calm_ = calm_ || acts_ == 1;
        return;
      case 'a':
        return assign_slot(rest);
      case 'r':
        if (calm_)
          return;
        if (auto s = w().actor(fmt::format("slot_{}", digit_of(rest, 0))))
          caf::anon_send(caf::actor_cast<slot_actor>(s), release{});
        return;
      case 'K':
      case 'P':
        return lose_process(what == 'P');
      default:
        return;
    }
  }

  void kill(const std::string& name) {
    if (kills_ < kills_max)
      kills_ += w().kill_actor(name);
  }

  void break_disk(std::string_view rest) {
    static constexpr int codes[] = {EIO,    ENOSPC, EACCES, EROFS, EDQUOT,
                                    EMFILE, ENFILE, ENOMEM, EINTR, ENOENT};
    if (++waits_ > waits_max)
      return;
    faulty_ = true;
    // More than one at a time end a process by themselves.
    w().files->mend();
    w().files->fail_nth(static_cast<uint64_t>(1 + digit_of(rest, 1)),
                        codes[digit_of(rest, 0)],
                        rest.size() > 2 && rest[2] == '!');
  }

  void pass(int what) {
    static constexpr int64_t spans[] = {1, 5, 20, 100, 300, 1'000, 2'000};
    auto span = spans[what % 7] * millisecond;
    if (span < us_per_second || ++waits_ <= waits_max)
      w().pass(span);
    answer();
  }

  /// Within the hours of the day before and after the first one.
  void set_clock(int what) {
    static constexpr int64_t seconds[] = {1, -1, 30, -30, 600, -600, 1'900,
                                          -1'900, 3'600, -3'600};
    auto to = w().clock->now_us() + seconds[what] * us_per_second;
    auto bound = 3 * us_per_hour;
    w().clock->set(std::clamp(to, clock_begin_us_ - bound,
                              clock_begin_us_ + bound));
  }

  void assign_slot(std::string_view rest) {
    if (rest.empty() || calm_)
      return;
    auto name = fmt::format("slot_{}", digit_of(rest, 0));
    rest.remove_prefix(1);
    auto colon = rest.find(':');
    auto id = kis::parse_tr(rest.substr(0, colon));
    if (!id || colon == rest.npos)
      return;
    auto symbol = rest.substr(colon + 1);
    auto s = w().actor(name);
    if (s && kis::is_symbol(symbol))
      caf::anon_send(caf::actor_cast<slot_actor>(s),
                     assign{{*id, std::string{symbol}}});
  }

  void lose_process(bool power) {
    if (calm_ || ++processes_ > processes_max)
      return;
    settle();
    faulty_ = true;
    if (power)
      w().cut_power();
    else
      w().kill_process();
    w().files->mend();
    require(w().start(), "a daemon starts after its end");
    be_open();
  }

  bool calm_;
  std::shared_ptr<wire> wire_;
  journal_watch watch_;
  /// How session ids of this process begin.
  std::string run_;
  std::string logged_;
  std::string fragments_;
  size_t piece_ = SIZE_MAX;
  size_t inputs_ = 0, acts_ = 0, journal_bytes_ = 0;
  int kills_ = 0, processes_ = 0, waits_ = 0;
  int64_t clock_begin_us_ = 0;
  /// Files may have been cut since they were looked at.
  bool faulty_ = false;
  /// The reader may be within a frame.
  bool torn_ = false;
  /// Last: it speaks to the others until its end.
  std::unique_ptr<simulation::world> world_;
};

std::unique_ptr<path_world> current;
/// Every other world is.
bool calm = false;
/// What the world has lived through, one input after another.
std::string company;

void run_in(path_world& w, std::string_view inputs) {
  for (;;) {
    auto end = inputs.find(whole_path_next);
    w.run(inputs.substr(0, end));
    if (end == inputs.npos)
      return;
    inputs.remove_prefix(end + whole_path_next.size());
  }
}

} // namespace

std::string_view whole_path_company() {
  return company;
}

void whole_path(std::string_view input) {
  if (!current) {
    calm = !calm;
    current = std::make_unique<path_world>(calm);
    company = calm ? "!C" : "";
  }
  // Made after what CAF keeps for this thread, and so gone before it.
  thread_local const struct last {
    ~last() {
      current.reset();
    }
  } at_exit;
  if (!company.empty())
    company += whole_path_next;
  company += input;
  try {
    run_in(*current, input);
    if (!current->used_up())
      return;
    current->end();
    current.reset();
  } catch (const std::exception& e) {
    current.reset();
    // Alone, to its end: an input that needs no others is worth more.
    path_world w{calm};
    run_in(w, input);
    w.end();
    throw broken{std::string{"in company: "} + e.what()};
  }
}

} // namespace observer::fuzz
