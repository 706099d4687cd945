#pragma once

// The one block of type ids: every type that travels in a message. With
// CAF_ENABLE_TYPE_ID_CHECKS a type missing here does not compile.

#include <memory>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>

namespace observer {

struct child_started;
struct watch_child;
struct restart_record;
struct child_status;
struct supervisor_report;
struct get_children;
struct supervisor_stop;
struct restart_due;
struct stop_overdue;
struct restart_child;

struct frame_batch;
struct record_batch;
struct line_batch;
struct disk_job_done;
struct persisted;
struct resend_request;
struct commit_due;
struct seal_due;
struct get_approval;
struct approval;
struct issue_due;
struct subscription_news;
struct slot_tick;
struct assign;
struct release;
struct attach_slot;
struct socket_opened;
struct socket_closed;
struct http_response;
struct connection_tick;
struct request_due;
struct connect_due;
struct ledger_due;
struct consume_due;
struct rotate;
struct reconnect;
struct operator_note;
struct archive_job_done;
struct archive_due;
using frame_batch_ptr = std::shared_ptr<const frame_batch>;
using record_batch_ptr = std::shared_ptr<const record_batch>;
using line_batch_ptr = std::shared_ptr<const line_batch>;
using disk_job_done_ptr = std::shared_ptr<const disk_job_done>;
using archive_job_done_ptr = std::shared_ptr<const archive_job_done>;

} // namespace observer

CAF_BEGIN_TYPE_ID_BLOCK(observer, first_custom_type_id)

  CAF_ADD_TYPE_ID(observer, (observer::child_started))
  CAF_ADD_TYPE_ID(observer, (observer::watch_child))
  CAF_ADD_TYPE_ID(observer, (observer::restart_record))
  CAF_ADD_TYPE_ID(observer, (observer::child_status))
  CAF_ADD_TYPE_ID(observer, (observer::supervisor_report))
  CAF_ADD_TYPE_ID(observer, (observer::get_children))
  CAF_ADD_TYPE_ID(observer, (observer::supervisor_stop))
  CAF_ADD_TYPE_ID(observer, (observer::restart_due))
  CAF_ADD_TYPE_ID(observer, (observer::stop_overdue))
  CAF_ADD_TYPE_ID(observer, (observer::restart_child))

  CAF_ADD_TYPE_ID(observer, (observer::frame_batch_ptr))
  CAF_ADD_TYPE_ID(observer, (observer::record_batch_ptr))
  CAF_ADD_TYPE_ID(observer, (observer::line_batch_ptr))
  CAF_ADD_TYPE_ID(observer, (observer::disk_job_done_ptr))
  CAF_ADD_TYPE_ID(observer, (observer::persisted))
  CAF_ADD_TYPE_ID(observer, (observer::resend_request))
  CAF_ADD_TYPE_ID(observer, (observer::commit_due))
  CAF_ADD_TYPE_ID(observer, (observer::seal_due))
  CAF_ADD_TYPE_ID(observer, (observer::get_approval))
  CAF_ADD_TYPE_ID(observer, (observer::approval))
  CAF_ADD_TYPE_ID(observer, (observer::issue_due))
  CAF_ADD_TYPE_ID(observer, (observer::subscription_news))
  CAF_ADD_TYPE_ID(observer, (observer::slot_tick))
  CAF_ADD_TYPE_ID(observer, (observer::assign))
  CAF_ADD_TYPE_ID(observer, (observer::release))
  CAF_ADD_TYPE_ID(observer, (observer::attach_slot))
  CAF_ADD_TYPE_ID(observer, (observer::socket_opened))
  CAF_ADD_TYPE_ID(observer, (observer::socket_closed))
  CAF_ADD_TYPE_ID(observer, (observer::http_response))
  CAF_ADD_TYPE_ID(observer, (observer::connection_tick))
  CAF_ADD_TYPE_ID(observer, (observer::request_due))
  CAF_ADD_TYPE_ID(observer, (observer::connect_due))
  CAF_ADD_TYPE_ID(observer, (observer::ledger_due))
  CAF_ADD_TYPE_ID(observer, (observer::consume_due))
  CAF_ADD_TYPE_ID(observer, (observer::rotate))
  CAF_ADD_TYPE_ID(observer, (observer::reconnect))
  CAF_ADD_TYPE_ID(observer, (observer::operator_note))
  CAF_ADD_TYPE_ID(observer, (observer::archive_job_done_ptr))
  CAF_ADD_TYPE_ID(observer, (observer::archive_due))

CAF_END_TYPE_ID_BLOCK(observer)
