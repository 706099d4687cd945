#include "runtime/console/terminal/command.hpp"

#include <pwd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "messages/outside_text.hpp"
#include "messages/redact.hpp"
#include "runtime/console/terminal/layout.hpp"
#include "runtime/console/terminal/poller.hpp"
#include "runtime/console/terminal/screen.hpp"
#include "runtime/process/error_line.hpp"
#include "runtime/process/pasted_text.hpp"
#include "runtime/process/small_file.hpp"

namespace observer {

namespace {

using namespace terminal;
using namespace std::chrono_literals;

/// Without a key the screen is drawn anew no sooner than this.
constexpr auto redraw_period = 500ms;
/// A signal is noticed at the latest so much later.
constexpr auto key_wait = 100ms;
constexpr size_t columns_without_terminal = 100;
constexpr size_t token_bytes_max = 4096;

volatile sig_atomic_t signal_seen = 0;

/// SIGINT, SIGTERM and SIGHUP end the loop, not the process, so that the
/// terminal is given back. Set before ncurses, which leaves them alone then.
class signals_noted {
public:
  signals_noted() {
    signal_seen = 0;
    struct sigaction note {};
    note.sa_handler = [](int number) { signal_seen = number; };
    for (size_t i = 0; i < std::size(numbers); ++i)
      ::sigaction(numbers[i], &note, &before_[i]);
  }
  ~signals_noted() {
    for (size_t i = 0; i < std::size(numbers); ++i)
      ::sigaction(numbers[i], &before_[i], nullptr);
  }
  signals_noted(const signals_noted&) = delete;
  signals_noted& operator=(const signals_noted&) = delete;

private:
  static constexpr int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  struct sigaction before_[std::size(numbers)] {};
};

result<language> language_of(const console_options& options) {
  if (options.language.empty())
    return language_of_environment();
  if (options.language == "ko")
    return language::korean;
  if (options.language == "en")
    return language::english;
  return problem{fmt::format("--lang {}: no language of the console; say ko or "
                             "en",
                             outside_text(options.language))};
}

result<secret> bearer_token(const console_options& options) {
  if (options.token_file.empty()) {
    auto text = std::getenv("OBSERVER_SERVICE_TOKEN");
    // As the daemon reads the same variable.
    return secret{std::string{pasted_word(text == nullptr ? "" : text)}};
  }
  auto content = read_small_file(options.token_file);
  if (!content || content->empty())
    return problem{fmt::format("--token-file {}: cannot be read, or is empty{}",
                               options.token_file,
                               content ? "" : ": " + content.error().text)};
  std::string text{
    pasted_word(std::string_view{*content}.substr(0, content->find('\n')))};
  wipe(*content);
  for (unsigned char c : text)
    if (c <= 0x20 || c >= 0x7F || text.size() > token_bytes_max) {
      wipe(text);
      return problem{fmt::format("--token-file {}: its first line is no token",
                                 options.token_file)};
    }
  return secret{std::move(text)};
}

/// For the record of who did what.
std::string who() {
  auto user = ::getpwuid(::geteuid());
  auto name = user != nullptr && user->pw_name != nullptr
                ? std::string{user->pw_name}
                : std::to_string(::geteuid());
  return ("terminal console, " + name).substr(0, 60);
}

size_t columns_of_output() {
  struct winsize window {};
  if (::isatty(STDOUT_FILENO) == 1
      && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0
      && window.ws_col > 0)
    return window.ws_col;
  return columns_without_terminal;
}

std::string without_trailing_spaces(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

int print_once(const console_options& options, url base, secret token,
               language in, std::ostream& out, std::ostream& err) {
  daemon_client daemon{std::move(base), std::move(token)};
  auto fail = [&](const trouble& why) {
    err << error_line("error", "observer console: "
                                 + say(in, "no contact with {0}: {1}",
                                       options.url, trouble_words(why, in)));
    return 2;
  };
  auto got = daemon.get("/status");
  if (!got)
    return fail({0, got.error().text});
  if (got->status != 200)
    return fail(refusal(*got));
  auto body = parse_object(got->body);
  if (!body)
    return fail({0, body.error().text});
  auto s = read_status(*body);
  if (options.json) {
    auto facts = json_for_terminal(
      redacted(got->body, std::string::npos, text_kind::own));
    out << facts;
    if (!facts.ends_with('\n'))
      out << '\n';
  } else {
    auto show = [&out](const std::string& line) {
      out << lines_for_terminal(without_trailing_spaces(line)) << '\n';
    };
    // All of it: the reasons and the sum of the day are what it is read for.
    show(verdict_line(s, in).text());
    show("");
    for (auto& l : overview_lines(s, in, columns_of_output(), false))
      show(l.text());
  }
  out.flush();
  auto& state = s.state;
  return state == "recording" || state == "market_closed" ? 0 : 1;
}

/// Draws and takes keys until the reader leaves.
void converse(screen& display, poller& daemon, language in) {
  using steady = std::chrono::steady_clock;
  view v;
  v.language = in;
  auto drawn = steady::time_point{};
  size_t table_rows = 0;
  size extent{0, 0};
  for (bool redraw = true; signal_seen == 0;) {
    auto now_extent = display.extent();
    redraw |= now_extent.columns != extent.columns
              || now_extent.rows != extent.rows;
    if (redraw || steady::now() - drawn >= redraw_period) {
      extent = now_extent;
      auto f = draw(daemon.latest(), v, extent);
      table_rows = f.table_rows;
      display.show(f);
      drawn = steady::now();
    }
    redraw = false;
    // All keys that wait are taken before one drawing shows what they did.
    key k{char32_t{0}};
    auto wait = std::chrono::milliseconds{key_wait};
    for (auto got = display.next_key(k, wait); got != screen::input::nothing;
         got = display.next_key(k, 0ms)) {
      if (got == screen::input::closed)
        return;
      auto does = press(v, daemon.latest(), k, table_rows);
      if (does.quit)
        return;
      if (does.send)
        daemon.send(*does.send);
      daemon.want(wanted(v));
      redraw = true;
      if (signal_seen != 0)
        return;
    }
  }
}

} // namespace

void add_console_options(CLI::App& app, console_options& options) {
  app.add_option("URL", options.url, "Where the daemon's HTTP service is")
    ->capture_default_str();
  app.add_option("--token-file", options.token_file,
                 "File whose first line is the bearer token; else "
                 "OBSERVER_SERVICE_TOKEN is");
  auto* once = app.add_flag("--once", options.once,
                            "Print the first view and leave: exit 0 recording "
                            "or market closed, 1 not recording, 2 no contact");
  app.add_flag("--json", options.json,
               "Print the facts as the daemon gave them")
    ->needs(once);
  app.add_option("--lang", options.language,
                 "Else Korean where LC_ALL, LC_MESSAGES or LANG begins with ko")
    ->type_name("ko|en");
  app.footer("Keys: 1-5 views, arrows or j k select, s S sort, / filter, enter "
             "open,\na actions, ? keys, q leave. From afar: ssh to the host, "
             "or a tunnel to its\nport.");
}

int run_console(const console_options& options, std::ostream& out,
                std::ostream& err) {
  auto fail = [&](const std::string& why) {
    err << error_line("error", "observer console: " + why);
    return 2;
  };
  ensure_utf8_locale();
  auto in = language_of(options);
  if (!in)
    return fail(in.error().text);
  auto base = parse_daemon_url(options.url);
  if (!base)
    return fail(base.error().text);
  auto token = bearer_token(options);
  if (!token)
    return fail(token.error().text);
  keep_secret(*token);
  if (options.once)
    return print_once(options, *base, *token, *in, out, err);
  try {
    signals_noted guard;
    auto display = screen::open();
    if (!display)
      return fail(display.error().text);
    poller daemon{*base, *token, options.url, who()};
    auto screen = std::move(*display);
    converse(*screen, daemon, *in);
  } catch (const std::exception& e) {
    // The screen is gone by now: the words stay on the terminal.
    return fail(fmt::format("broke off: {}", e.what()));
  }
  return 0;
}

} // namespace observer
