// The legend of the causes: README's table in short, with what to do.

#include <algorithm>
#include <array>

#include "messages/cause.hpp"
#include "runtime/audit/explain.hpp"

namespace observer::audit {

namespace {

constexpr std::array<cause_words, cause_count - 1> all_words{{
  {"not_subscribed", "no slot was registered for it",
   "give it a slot (OBSERVER_SYMBOLS, or pin it)"},
  {"refused_limit", "the session's 41 registrations are taken",
   "ask for fewer, or look for another program with this key"},
  {"refused_symbol", "the broker refuses the symbol",
   "check symbol and TR; is it listed there?"},
  {"credentials_refused", "the broker refuses app key or secret",
   "correct them, and start anew"},
  {"appkey_in_use", "another session holds the app key",
   "end the other program; one key carries one session"},
  {"disconnected", "the socket broke, or could not be opened",
   "nothing if rare; else look at the network"},
  {"connected_but_silent", "the socket was open and nothing came",
   "nothing if the issue hardly trades; else ask the broker"},
  {"no_reply", "a registration was never answered",
   "nothing if rare; else ask the broker"},
  {"market_closed", "outside the trading hours",
   "check market.hours if it was open"},
  {"halted", "the issue was halted, or in a VI", "nothing"},
  {"parse_rejected", "records were rejected; they are in quarantine/, raw",
   "read their reasons there; observer decode"},
  {"width_changed", "records have another number of values",
   "use a version that knows the new layout"},
  {"layout_changed", "values stand in other columns; raw records are kept",
   "use a version that knows the new layout"},
  {"in_doubt", "some values cannot be; lines are marked, with the raw record",
   "judge them by their marks (doubt)"},
  {"writer_restarting", "a writer was down", "read the log; report it"},
  {"actor_restarted", "an actor of the feed was down",
   "read the log; report it"},
  {"daemon_down", "the daemon did not run",
   "see why it ended; let systemd restart it"},
  {"disk_full", "no space was left", "free some; compress what is sealed"},
  {"permission", "files could not be written", "grant the right to write"},
  {"io_error", "the disk reported errors, or lost what it had",
   "check the disk (dmesg, smartctl)"},
  {"out_of_resources", "no descriptors or memory were left",
   "raise the limits (ulimit -n, memory)"},
  {"file_taken", "a file was deleted, moved, replaced or emptied",
   "keep others, and log rotation, out of the data directory"},
  {"shed_by_bound", "given up at the bound although the disk works",
   "a faster disk, or a larger feed.unacked_bytes_max"},
  {"clock_wrong", "the wall clock was set, or is far from the exchange's",
   "run a time service (chrony)"},
  {"rest_down", "the service that issues keys did not answer",
   "nothing if rare; else ask the broker"},
  {"exchange_gap", "the volume jumped with no fault of ours in sight",
   "take these trades from another source"},
}};

} // namespace

cause_words words_of_cause(std::string_view cause) {
  auto at = std::find_if(all_words.begin(), all_words.end(), [&](auto& words) {
    return words.cause == cause;
  });
  return at == all_words.end() ? cause_words{cause, "", ""} : *at;
}

} // namespace observer::audit
