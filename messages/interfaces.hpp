#pragma once

// Every typed actor interface, one sentence a handler. Supervisors' interface
// is in messages/supervision.hpp, beside the values that they speak of.
//
//   network -> connection -> slot -> journal_writer
//                  ^           ^----- persisted ----+
//              credentials

#include <memory>
#include <string>

#include <caf/typed_actor.hpp>

#include "messages/batches.hpp"
#include "messages/network_events.hpp"
#include "messages/supervision.hpp"
#include "messages/type_ids.hpp"

namespace observer {

// -- journal ----------------------------------------------------------------

/// A producer of lines: hears which of them are durable.
using producer_actor = caf::typed_actor<
  /// These lines are on disk.
  caf::reacts_to<persisted>,
  /// Send again all that is unacknowledged.
  caf::reacts_to<resend_request>>;

/// The result of a job that a writer gave to the disk.
struct disk_job_done;
using disk_job_done_ptr = std::shared_ptr<const disk_job_done>;
/// To self: the commit interval of the oldest waiting line ran out.
struct commit_due {};
/// To self: look whether a file's period is over.
struct seal_due {};

/// An operator's order: close the files, and go on in new ones.
struct rotate {};

/// Writes one dataset; acknowledges what is durable.
using journal_writer_actor = caf::typed_actor<
  /// Append, and acknowledge to the producer.
  caf::reacts_to<line_batch_ptr, producer_actor>,
  /// The disk finished a job.
  caf::reacts_to<disk_job_done_ptr>,
  /// Orders.
  caf::reacts_to<rotate>,
  /// Own timers.
  caf::reacts_to<commit_due>, caf::reacts_to<seal_due>>;

// -- credentials ------------------------------------------------------------

/// Asks for the WebSocket approval key. `renew` if the last one was refused.
struct get_approval {
  bool renew = false;
};
/// The answer: a key, or why there is none.
struct approval {
  /// Secret; empty if refused.
  std::string key;
  std::string problem;
  /// The broker refuses the app key or secret: asking again is useless.
  bool refused = false;
};
/// To self: the spacing between two issues is over.
struct issue_due {};

/// The only issuer of keys of one app key.
using credentials_actor = caf::typed_actor<
  /// A valid key, from memory or issued now.
  caf::replies_to<get_approval>::with<approval>,
  /// The broker's answer.
  caf::reacts_to<http_response>,
  /// Own timer.
  caf::reacts_to<issue_due>>;

// -- feed -------------------------------------------------------------------

/// A change of one slot's registration, told by the connection.
struct subscription_news {
  enum kind_type : uint8_t {
    /// The request went out.
    sent,
    /// The broker said yes, or data came.
    on,
    /// The broker said no, for good or until the next session.
    refused,
    /// The broker let go.
    released,
    /// The connection is gone, and every registration with it.
    lost,
    /// Nothing comes that should: what is missing later has this cause.
    quiet,
  };
  kind_type kind = sent;
  cause why = cause::none;
  std::string text;
  session_ptr session;
};

/// To self, once a second.
struct slot_tick {};
/// Register for this; a former registration is released first.
struct assign {
  registration what;
};
/// Release the registration.
struct release {};

/// One registration of a session: validates, numbers, keeps, hands on.
using slot_actor = producer_actor::extend<
  /// Records in order of arrival.
  caf::reacts_to<record_batch_ptr>,
  /// The registration changed.
  caf::reacts_to<subscription_news>,
  /// The connection or a writer (re)started.
  caf::reacts_to<child_started>,
  /// Orders of whoever fills the slots.
  caf::reacts_to<assign>, caf::reacts_to<release>,
  /// Own timer.
  caf::reacts_to<slot_tick>>;

/// A slot presents itself, with what it wants to be registered for.
struct attach_slot {
  int slot = 0;
  std::optional<registration> wanted;
};
/// To self: watchdogs, deadlines, backoff.
struct connection_tick {};
/// To self: look whether the writers have caught up, to read on.
struct consume_due {};
/// To self: the next request may go out.
struct request_due {};
/// To self: the backoff of an attempt is over.
struct connect_due {
  uint32_t attempt = 0;
};

/// An operator's order: end the session, and begin another.
struct reconnect {
  std::string why;
};
/// What an operator did, for the system journal.
struct operator_note {
  std::string text;
};

/// One WebSocket of one app key: connects without an end, registers slots,
/// splits frames, routes records.
using connection_actor = producer_actor::extend<
  /// A slot came up, or wants another registration.
  caf::reacts_to<attach_slot, slot_actor>,
  /// From the network.
  caf::reacts_to<socket_opened>, caf::reacts_to<frame_batch_ptr>,
  caf::reacts_to<socket_closed>,
  /// The credentials or a writer (re)started.
  caf::reacts_to<child_started>,
  /// Orders.
  caf::reacts_to<reconnect>, caf::reacts_to<operator_note>,
  /// Own timers.
  caf::reacts_to<connection_tick>, caf::reacts_to<request_due>,
  caf::reacts_to<connect_due>, caf::reacts_to<consume_due>>;

// -- watch ------------------------------------------------------------------

/// To self: the next line of the ledger.
struct ledger_due {};

/// Says once a minute what came in and where it is.
using ledger_actor = caf::typed_actor<caf::reacts_to<ledger_due>>;

// -- archive ------------------------------------------------------------------

/// The result of a job that the archiver gave to its disk.
struct archive_job_done;
using archive_job_done_ptr = std::shared_ptr<const archive_job_done>;
/// To self: look what is to be done.
struct archive_due {};

/// Has closed files compressed, backed up, and deleted when their time is over.
using archiver_actor = producer_actor::extend<
  /// Its disk finished a job.
  caf::reacts_to<archive_job_done_ptr>,
  /// The writer of events (re)started.
  caf::reacts_to<child_started>,
  /// Own timer.
  caf::reacts_to<archive_due>>;

// -- inspection, for CAF's own needs -----------------------------------------

#define OBSERVER_INSPECT_EMPTY(type)                                           \
  template <class Inspector>                                                   \
  auto inspect(Inspector& f, type&) {                                          \
    return f(caf::meta::type_name(#type));                                     \
  }
OBSERVER_INSPECT_EMPTY(rotate)
OBSERVER_INSPECT_EMPTY(commit_due)
OBSERVER_INSPECT_EMPTY(seal_due)
OBSERVER_INSPECT_EMPTY(issue_due)
OBSERVER_INSPECT_EMPTY(slot_tick)
OBSERVER_INSPECT_EMPTY(release)
OBSERVER_INSPECT_EMPTY(connection_tick)
OBSERVER_INSPECT_EMPTY(request_due)
OBSERVER_INSPECT_EMPTY(consume_due)
OBSERVER_INSPECT_EMPTY(ledger_due)
OBSERVER_INSPECT_EMPTY(archive_due)
#undef OBSERVER_INSPECT_EMPTY

template <class Inspector>
auto inspect(Inspector& f, get_approval& x) {
  return f(caf::meta::type_name("get_approval"), x.renew);
}
/// The key is left out: CAF may print a message.
template <class Inspector>
auto inspect(Inspector& f, approval& x) {
  return f(caf::meta::type_name("approval"), x.problem, x.refused);
}
template <class Inspector>
auto inspect(Inspector& f, reconnect& x) {
  return f(caf::meta::type_name("reconnect"), x.why);
}
template <class Inspector>
auto inspect(Inspector& f, operator_note& x) {
  return f(caf::meta::type_name("operator_note"), x.text);
}
template <class Inspector>
auto inspect(Inspector& f, connect_due& x) {
  return f(caf::meta::type_name("connect_due"), x.attempt);
}

} // namespace observer

// Handles that travel in messages: they can only be numbered once the
// interfaces are known, so they follow the block of type_ids.hpp.
CAF_BEGIN_TYPE_ID_BLOCK(observer_handles,
                        ::caf::id_block::observer::end)
  CAF_ADD_TYPE_ID(observer_handles, (observer::producer_actor))
  CAF_ADD_TYPE_ID(observer_handles, (observer::slot_actor))
CAF_END_TYPE_ID_BLOCK(observer_handles)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::frame_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::record_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::line_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::disk_job_done_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::archive_job_done_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::persisted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::resend_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::subscription_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::assign)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::attach_slot)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(observer::approval)
