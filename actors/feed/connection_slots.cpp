// Registrations of the connection's slots with the broker.

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/feed/connection.hpp"
#include "messages/korean_time.hpp"
#include "messages/outside_text.hpp"

namespace observer {

using std::chrono::milliseconds;

namespace {

std::string name_of(const registration& r) {
  return fmt::format("{} {}", to_string(r.id), r.symbol);
}

} // namespace

void connection_state::tell(entry& e, subscription_news::kind_type kind,
                            cause why, std::string text) {
  if (e.handle)
    self->send(e.handle, subscription_news{kind, why, std::move(text),
                                           session});
}

void connection_state::on_attach(const attach_slot& request,
                                 const slot_actor& handle) {
  auto checked = slot_index::of(request.slot);
  if (!checked)
    return;
  auto index = *checked;
  auto& e = entries[index];
  if (e.handle != handle) {
    e.handle = handle;
    self->monitor(handle);
    redeliver(index);
  }
  auto& wanted = request.wanted;
  if (auto other = wanted ? other_that_wants(*wanted, index) : std::nullopt) {
    auto text = fmt::format("slot {} has {}, and a session holds a registration "
                            "once",
                            *other, name_of(*wanted));
    spdlog::error("[connection] {}: slot {} is not registered: {}",
                  to_string(cause::refused_symbol), index, text);
    tell(e, subscription_news::refused, cause::refused_symbol, text);
    return; // it keeps what it had
  }
  auto changed = e.wanted != wanted;
  e.wanted = wanted;
  rebuild_routes();
  if (phase != connection_phase::open)
    return;
  if (!changed && e.state == standing::on) {
    tell(e, subscription_news::on, cause::none, "still registered");
    return;
  }
  if (!changed && (e.state == standing::sent || e.state == standing::queued
                   || e.state == standing::waiting))
    return;
  e.tries = 0;
  // Of a release the reply, or its deadline, goes on to what is wanted now: the
  // broker must not be asked to release twice.
  if (e.state == standing::releasing)
    return;
  queue(index);
  pump();
}

void connection_state::queue(size_t index) {
  auto& e = entries[index];
  if (e.state == standing::queued)
    return;
  e.state = standing::queued;
  to_request.push_back(index);
}

std::optional<size_t>
connection_state::other_that_wants(const registration& what,
                                   size_t index) const {
  for (size_t i = 0; i < entries.size(); ++i)
    if (i != index && entries[i].wanted == what)
      return i;
  return std::nullopt;
}

std::optional<size_t>
connection_state::other_that_holds(const registration& what,
                                   size_t index) const {
  for (size_t i = 0; i < entries.size(); ++i)
    if (i != index && entries[i].held == what)
      return i;
  return std::nullopt;
}

void connection_state::let_go(size_t index, const std::string& words) {
  auto& e = entries[index];
  auto former = std::exchange(e.held, std::nullopt);
  rebuild_routes();
  if (e.wanted) {
    queue(index);
  } else {
    e.state = standing::off;
    tell(e, subscription_news::released, cause::none, words);
  }
  for (size_t i = 0; i < entries.size(); ++i)
    if (entries[i].state == standing::waiting && entries[i].wanted == former)
      queue(i);
}

void connection_state::rebuild_routes() {
  for (auto& map : routes)
    map.clear();
  // What is being released still delivers for a moment, to whom it belonged.
  for (auto of : {&entry::wanted, &entry::held})
    for (auto i : slot_index::all())
      if (auto& r = entries[i].*of) {
        routes[static_cast<size_t>(r->id)].insert_or_assign(r->symbol, i);
        auto& all = known[static_cast<size_t>(r->id)];
        if (all.size() < known_max)
          all.insert(r->symbol);
      }
}

void connection_state::pump() {
  if (phase != connection_phase::open || request_timer || stopping)
    return;
  while (!to_request.empty()) {
    auto now = config.clock->steady_us();
    auto index = to_request.front();
    auto& e = entries[index];
    if (e.state != standing::queued) {
      to_request.pop_front();
      continue;
    }
    if (e.wanted && !e.held && other_that_holds(*e.wanted, index)) {
      e.state = standing::waiting;
      to_request.pop_front();
      continue;
    }
    auto wait_us = last_request_us + in_us(config.subscribe_spacing) - now;
    if (wait_us > 0) {
      request_timer = true;
      self->delayed_send(self, std::chrono::microseconds{wait_us},
                         request_due{});
      return;
    }
    to_request.pop_front();
    if (e.held && e.held != e.wanted) {
      send_request(e, kis::tr_type::release);
    } else if (e.wanted) {
      e.held = e.wanted;
      send_request(e, kis::tr_type::subscribe);
    } else {
      e.state = standing::off;
      tell(e, subscription_news::released, cause::none, "nothing to release");
    }
  }
}

void connection_state::send_request(entry& e, kis::tr_type type) {
  auto now = config.clock->steady_us();
  last_request_us = now;
  e.first = true;
  e.state = type == kis::tr_type::subscribe ? standing::sent
                                            : standing::releasing;
  e.due_us = now + in_us(config.ack_deadline);
  socket->send(kis::make_request(approval_key, config.customer_type, type,
                                 e.held->id, e.held->symbol));
  if (type == kis::tr_type::subscribe)
    tell(e, subscription_news::sent, cause::none, {});
}

connection_state::entry* connection_state::find(const kis::reply& reply) {
  for (auto& e : entries)
    if (e.held && e.held->symbol == reply.tr_key
        && to_string(e.held->id) == reply.tr_id)
      return &e;
  return nullptr;
}

void connection_state::on_reply(const kis::reply& reply) {
  auto words = fmt::format("{} {}", reply.msg_cd, reply.msg1);
  // Should the broker ever quote the key, it is not for logs and journals.
  for (size_t at;
       !approval_key.empty() && (at = words.find(approval_key)) != words.npos;)
    words.replace(at, approval_key.size(), "****");
  words = outside_text(words);
  auto good = reply.what == kis::reply_class::subscribed
              || reply.what == kis::reply_class::released;
  if (!good && !refusals.let(config.clock->steady_us()))
    return;
  // These concern the session, whatever slot they name.
  switch (reply.what) {
    case kis::reply_class::appkey_in_use:
      wait_at_least = config.appkey_in_use_wait;
      end_session(cause::appkey_in_use,
                  words
                    + ": another program uses this app key, and only one may; "
                      "or the broker still holds our last session, if that "
                      "broke off",
                  true);
      return;
    case kis::reply_class::approval_invalid:
      renew_key = true;
      end_session(cause::credentials_refused,
                  words + ": the approval key is dead, a fresh one is asked",
                  true);
      return;
    case kis::reply_class::appkey_refused:
      wait_at_least = config.refused_wait;
      end_session(cause::credentials_refused,
                  words + ": check KIS_APP_KEY and KIS_IS_VIRTUAL", true);
      return;
    default:
      break;
  }
  any_reply = true;
  auto* e = find(reply);
  if (e == nullptr) {
    if (reply.what != kis::reply_class::subscribed
        && reply.what != kis::reply_class::released) {
      spdlog::error("[connection] refusal that names no slot of ours: {} {} "
                    "{} {}",
                    outside_value(reply.tr_id), outside_value(reply.tr_key),
                    outside_value(reply.rt_cd), words);
      event({.event = "refused", .why = cause::refused_symbol,
             .detail = words});
    }
    return;
  }
  auto index = static_cast<size_t>(e - &entries[0]);
  auto what = name_of(*e->held);
  if (e->state == standing::releasing
      && reply.what != kis::reply_class::subscribed) {
    // Released; or refused, as a late word about the subscription or as one
    // about the release: it is not held either way.
    let_go(index, words);
    pump();
    finish_if_stopped();
    return;
  }
  switch (reply.what) {
    case kis::reply_class::subscribed:
      if (e->state == standing::releasing)
        break; // late word of the registration that is being released
      e->state = standing::on;
      e->tries = 0;
      last_data_us = std::max(last_data_us, config.clock->steady_us());
      tell(*e, subscription_news::on, cause::none, words);
      if (e->wanted != e->held) {
        queue(index);
        pump();
      }
      break;
    case kis::reply_class::released:
      break; // late word of a release that somebody else's followed
    case kis::reply_class::retry_slowly: {
      auto wait = config.resubscribe_wait * (1 << std::min(e->tries, 3));
      ++e->tries;
      e->state = standing::refused;
      e->due_us = config.clock->steady_us() + in_us(wait);
      spdlog::error("[connection] {}: {}; again in {} s", what, words,
                    wait.count() / 1000);
      tell(*e, subscription_news::refused, cause::refused_symbol, words);
      break;
    }
    default: {
      auto why = reply.what == kis::reply_class::slots_full
                   ? cause::refused_limit
                   : cause::refused_symbol;
      spdlog::error("[connection] {}: {} refused ({}): {}", to_string(why),
                    what, to_string(reply.what), words);
      e->state = standing::refused;
      e->due_us = INT64_MAX; // not again in this session
      tell(*e, subscription_news::refused, why, words);
      break;
    }
  }
  finish_if_stopped();
}

void connection_state::check_deadlines(int64_t now) {
  if (auto more = refusals.take_untold(now); more > 0) {
    auto detail = fmt::format("{} more refusals within a minute", more);
    spdlog::error("[connection] {}", detail);
    event({.event = "refused", .why = cause::refused_symbol,
           .detail = detail});
  }
  if (phase != connection_phase::open || stopping)
    return;
  for (size_t i = 0; i < entries.size(); ++i) {
    auto& e = entries[i];
    if (e.due_us > now)
      continue;
    if (e.state == standing::refused && e.wanted) {
      e.held.reset();
      queue(i);
    } else if (e.state == standing::releasing) {
      // Unanswered: the broker forgets it with the session at the latest.
      let_go(i, "the release was not answered");
    } else if (e.state == standing::sent) {
      auto text = fmt::format("{}: no reply within {} s", name_of(*e.held),
                              config.ack_deadline.count() / 1000);
      if (!any_reply) {
        // A dead approval key looks like this: open, and nothing answers.
        renew_key = true;
        end_session(cause::no_reply,
                    text + ", nor to any other request: a fresh key and a new "
                           "session",
                    true);
        return;
      }
      auto wait = config.resubscribe_wait * (1 << std::min(e.tries, 3));
      ++e.tries;
      e.state = standing::refused;
      e.due_us = now + in_us(wait);
      spdlog::error("[connection] no_reply: {}; again in {} s", text,
                    wait.count() / 1000);
      tell(e, subscription_news::refused, cause::no_reply, text);
    }
  }
  pump();
}

void connection_state::release_all() {
  to_request.clear();
  for (auto& e : entries)
    if (e.held && (e.state == standing::on || e.state == standing::sent))
      // Without spacing: the session ends with them.
      send_request(e, kis::tr_type::release);
}

} // namespace observer
