#include "runtime/inspect/operator_actions.hpp"

#include <charconv>

#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "messages/interfaces.hpp"
#include "messages/kis/record.hpp"

namespace observer {

namespace {

/// One so far; see inspector::add_session.
constexpr std::string_view the_session = "session 1";

std::optional<int> slot_of(const std::string& text) {
  int n = -1;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc{} || end != text.data() + text.size() || n < 0
      || n >= slots_per_session)
    return std::nullopt;
  return n;
}

std::optional<dataset> dataset_of(const std::string& text) {
  for (auto data : all_datasets)
    if (text == to_string(data))
      return data;
  return std::nullopt;
}

/// Printable text of bounded length: it goes to the log and the journal. Cut
/// between two characters of UTF-8, not within one.
std::string cleaned(std::string_view text, size_t size_max) {
  if (text.size() > size_max)
    while (size_max > 0
           && (static_cast<unsigned char>(text[size_max]) & 0xC0) == 0x80)
      --size_max;
  std::string out;
  for (auto c : text.substr(0, size_max))
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return out;
}

problem no_slot(const std::string& text) {
  return {fmt::format("\"{}\" is no slot; slots are 0 to {}",
                      cleaned(text, 20), slots_per_session - 1)};
}

problem no_dataset(const std::string& text) {
  return {fmt::format("\"{}\" is no dataset; say scalp, quarantine or system",
                      cleaned(text, 20))};
}

problem not_up(const std::string& name) {
  return {fmt::format("{} is not up now; try again when it is", name)};
}

std::string slot_name(int slot) {
  return fmt::format("feed/slot_{}", slot);
}

std::string writer_path(dataset data) {
  return "persistence/" + writer_name(data);
}

} // namespace

std::vector<std::string_view> operator_actions::names() const {
  std::vector<std::string_view> out{"restart_actor", "pin",    "release",
                                    "reconnect",     "rotate", "log_level"};
  if (chaos_)
    out.push_back("crash_writer");
  return out;
}

result<std::string> operator_actions::perform(const operator_action& order) {
  auto done = act(order);
  auto who = cleaned(order.who, 60);
  auto note = fmt::format(
    "{} from {}: {} {}{}{} -> {}", who.empty() ? "somebody" : who, order.peer,
    cleaned(order.action, 40), cleaned(order.target, 60),
    order.value.empty() ? "" : " ", cleaned(order.value, 60),
    done ? *done : "refused: " + done.error().text);
  // The connection writes the session's events; without one the log has it.
  if (auto connection = actors_->find("feed/connection"))
    caf::anon_send(caf::actor_cast<connection_actor>(connection),
                   operator_note{note});
  else
    spdlog::warn("[operator] {}", note);
  return done;
}

result<std::string> operator_actions::act(const operator_action& order) {
  if (order.action == "restart_actor")
    return restart(order);
  if (order.action == "pin")
    return pin(order);
  if (order.action == "release")
    return release_slot(order);
  if (order.action == "reconnect")
    return reconnect_session(order);
  if (order.action == "rotate")
    return rotate_file(order);
  if (order.action == "log_level")
    return set_log_level(order);
  if (order.action == "crash_writer")
    return crash_writer(order);
  return problem{fmt::format("\"{}\" is no action", cleaned(order.action, 40))};
}

result<std::string> operator_actions::restart(const operator_action& order) {
  for (auto& a : actors_->actors()) {
    if (a.name != order.target)
      continue;
    if (a.parent.empty())
      return problem{"the root restarts with the process only"};
    auto supervisor = actors_->find(a.parent);
    if (!supervisor)
      return not_up(a.parent);
    auto child = a.name.substr(a.name.rfind('/') + 1);
    caf::anon_send(caf::actor_cast<supervisor_actor>(supervisor),
                   restart_child{child, "an operator's request"});
    return fmt::format("{} was asked to restart {}", a.parent, a.name);
  }
  return problem{fmt::format("\"{}\" is no actor", cleaned(order.target, 60))};
}

result<std::string> operator_actions::pin(const operator_action& order) {
  auto slot = slot_of(order.target);
  if (!slot)
    return no_slot(order.target);
  std::string_view value = order.value;
  registration what;
  if (auto colon = value.find(':'); colon != value.npos) {
    auto id = kis::parse_tr(value.substr(0, colon));
    if (!id)
      return problem{fmt::format("\"{}\" is no TR that is recorded",
                                 cleaned(value.substr(0, colon), 20))};
    what.id = *id;
    value.remove_prefix(colon + 1);
  }
  if (!kis::is_symbol(value))
    return problem{fmt::format("\"{}\" is no symbol; a symbol looks like "
                               "005930",
                               cleaned(value, 20))};
  what.symbol = value;
  auto handle = actors_->find(slot_name(*slot));
  if (!handle)
    return not_up(slot_name(*slot));
  // At once, so that the next order finds it.
  if (auto other = memory_ ? memory_->claims.claim(*slot, what) : std::nullopt)
    return problem{fmt::format("slot {} has {}:{}, and a session holds a "
                               "registration once; release it there first",
                               *other, to_string(what.id), what.symbol)};
  caf::anon_send(caf::actor_cast<slot_actor>(handle), assign{what});
  return fmt::format("slot {} registers {}:{}", *slot, to_string(what.id),
                     what.symbol);
}

result<std::string>
operator_actions::release_slot(const operator_action& order) {
  auto slot = slot_of(order.target);
  if (!slot)
    return no_slot(order.target);
  auto handle = actors_->find(slot_name(*slot));
  if (!handle)
    return not_up(slot_name(*slot));
  if (memory_)
    memory_->claims.let_go(*slot);
  caf::anon_send(caf::actor_cast<slot_actor>(handle), release{});
  return fmt::format("slot {} lets go of its registration", *slot);
}

result<std::string>
operator_actions::reconnect_session(const operator_action& order) {
  if (order.target != the_session)
    return problem{fmt::format("\"{}\" is no session; there is \"{}\"",
                               cleaned(order.target, 20), the_session)};
  auto handle = actors_->find("feed/connection");
  if (!handle)
    return not_up("feed/connection");
  caf::anon_send(caf::actor_cast<connection_actor>(handle),
                 reconnect{"an operator's request"});
  return std::string{"the session ends and another begins"};
}

result<std::string>
operator_actions::rotate_file(const operator_action& order) {
  auto data = dataset_of(order.target);
  if (!data)
    return no_dataset(order.target);
  auto handle = actors_->find(writer_path(*data));
  if (!handle)
    return not_up(writer_path(*data));
  caf::anon_send(caf::actor_cast<journal_writer_actor>(handle), rotate{});
  return fmt::format("{} is sealed and goes on in a new file", order.target);
}

result<std::string>
operator_actions::set_log_level(const operator_action& order) {
  constexpr std::pair<std::string_view, spdlog::level::level_enum> levels[]
    = {{"trace", spdlog::level::trace}, {"debug", spdlog::level::debug},
       {"info", spdlog::level::info},   {"warning", spdlog::level::warn},
       {"warn", spdlog::level::warn}, {"error", spdlog::level::err},
       {"critical", spdlog::level::critical}};
  for (auto& [name, level] : levels)
    if (order.value == name) {
      spdlog::set_level(level);
      return fmt::format("lines of {} and above are logged", name);
    }
  return problem{fmt::format("\"{}\" is no level; say trace, debug, info, "
                             "warning, error or critical",
                             cleaned(order.value, 20))};
}

result<std::string>
operator_actions::crash_writer(const operator_action& order) {
  if (!chaos_)
    return problem{"crashes on purpose need a daemon that was started with "
                   "--allow-chaos"};
  auto data = dataset_of(order.target);
  if (!data)
    return no_dataset(order.target);
  auto handle = actors_->find(writer_path(*data));
  if (!handle)
    return not_up(writer_path(*data));
  // The reason that its supervisor writes down; anon_send_exit takes a number.
  auto reason = caf::make_error(caf::sec::runtime_error,
                                "a crash that an operator injected");
  caf::actor_cast<caf::strong_actor_ptr>(handle)->enqueue(
    nullptr, caf::make_message_id(),
    caf::make_message(caf::exit_msg{handle.address(), std::move(reason)}),
    nullptr);
  return fmt::format("{} crashes", writer_path(*data));
}

} // namespace observer
