#pragma once

// The settings file, TOML: which keys it names, on which lines, with which
// values. Types are checked here, ranges by assign().

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/settings/table.hpp"

namespace observer {

struct file_value {
  const setting* what;
  /// As the environment would say it.
  std::string text;
  /// As the file says it, for problems; `****` for a secret.
  std::string shown;
  int line;
  /// What is wrong with the value's type, where the setting is reserved.
  std::string wrong;
};

/// The settings of a file in the order of its lines. A problem names file and
/// line: a file that cannot be read, a syntax error, an unknown key (with the
/// nearest known one), a value of another type. It shows no secret. `log_format`
/// gets log.format as the file seems to say it, also where the file is not good.
result<std::vector<file_value>>
read_config_file(const std::filesystem::path& path, std::string& log_format);

/// `file observer.toml:12`.
std::string file_source(const std::filesystem::path& path, int line);

/// The content of a small file; `what` says in a problem whose file it is.
result<std::string> read_file_of(const std::filesystem::path& path,
                                 std::string_view what);

} // namespace observer
