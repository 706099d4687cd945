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

CAF_END_TYPE_ID_BLOCK(observer)
