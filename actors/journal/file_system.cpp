#include "actors/journal/file_system.hpp"

#include <cstring>

#include <fmt/format.h>

namespace observer {

std::string io_problem::text() const {
  return fmt::format("{} {}: {} (errno {}){}{}", operation, path,
                     std::strerror(code), code, detail.empty() ? "" : "; ",
                     detail);
}

} // namespace observer
