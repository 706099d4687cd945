#pragma once

// The settings for people: what is in effect, the example file, the README.

#include <string>

#include "runtime/settings/config.hpp"

namespace observer {

/// For `observer config`: key, effective value and source of each setting, a
/// line each; a secret is `****` or `(not set)`.
std::string describe_config(const config& c);
/// The same as JSON: {"service.port": {"value": 8000, "source": "default"}, …}.
std::string describe_config_json(const config& c);
/// config/observer.example.toml: every key with default, unit and effect.
std::string example_toml();
/// The settings table of README.md.
std::string settings_markdown();

} // namespace observer
