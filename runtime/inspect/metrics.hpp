#pragma once

// An observation as Prometheus metrics: prometheus-cpp's registry collects and
// its serializer writes the text format 0.0.4.

#include <string>

#include "messages/counters.hpp"
#include "runtime/inspect/observation.hpp"
#include "runtime/inspect/verdict.hpp"

namespace observer {

std::string metrics_text(const observation& o, const verdict& v,
                         const latency_histogram& acks,
                         const latency_histogram& syncs);

inline constexpr std::string_view metrics_content_type
  = "text/plain; version=0.0.4; charset=utf-8";

} // namespace observer
