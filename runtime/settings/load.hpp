#pragma once

// From what a user gave to a config: a flag beats the environment, which beats
// the file, which beats the default.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/result.hpp"
#include "runtime/settings/config.hpp"
#include "runtime/settings/options.hpp"

namespace observer {

/// Everything that settings come from, so that tests bring their own. The
/// default one is empty: no flag, no environment, no file.
struct config_sources {
  /// From key (`service.port`) to text.
  std::map<std::string, std::string> flags;
  /// Keys of flags: those that are judged first, in this order.
  std::vector<std::string> flag_order;
  /// A variable that is set but empty counts as not set.
  std::map<std::string, std::string> environment;
  /// A file named on the command line; it must exist. Else OBSERVER_CONFIG
  /// names one that must exist; else the first of default_files that does.
  std::optional<std::filesystem::path> file;
  std::vector<std::filesystem::path> default_files;
};

/// The sources of a real run: these flags, the environment of the process, and
/// ./observer.toml or /etc/observer/observer.toml.
config_sources process_sources(const flag_values& flags);

/// What the process' environment has of secrets is shown by nothing from now on
/// (messages/redact.hpp): for a start, before anything can fail.
void keep_environment_secrets();

/// Reads and checks all settings. Whatever was read for a secret is shown by
/// nothing from then on. A problem names key, value (never a secret
/// one), source and what was expected. Reads files; touches nothing else.
/// `log_format`, if any, gets text or json, in problems too, as far as the sources
/// say it: a problem is told in the form that was asked for.
result<config> load_config(const config_sources& sources,
                           std::string* log_format = nullptr);

/// The problem of the first flag whose text is no value of its setting, in the
/// words of load_config. Reads nothing else.
result<> check_flags(const flag_values& flags);

/// log.format by flag and environment alone, or else what a file says; text where
/// that is no good word.
std::string_view wanted_format(const config_sources& sources,
                               std::string_view in_file = {});

/// A problem that says how to give them, when app key or secret are missing.
result<> check_credentials(const config& c);
/// That, or what else keeps a run from recording anything.
result<> check_recordable(const config& c);

} // namespace observer
