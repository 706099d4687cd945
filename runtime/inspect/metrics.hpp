#pragma once

// An observation as Prometheus metrics: prometheus-cpp's registry collects and
// its serializer writes the text format 0.0.4.

#include <optional>
#include <string>

#include "messages/counters.hpp"
#include "runtime/inspect/observation.hpp"
#include "runtime/inspect/process_figures.hpp"
#include "runtime/inspect/verdict.hpp"

namespace observer {

std::string metrics_text(const observation& o, const verdict& v,
                         const latency_histogram& acks,
                         const latency_histogram& syncs,
                         const std::optional<process_figures>& process
                         = own_process());

inline constexpr std::string_view metrics_content_type
  = "text/plain; version=0.0.4; charset=utf-8";

} // namespace observer
