#pragma once

// What is in a file of the journal, plain or compressed, for whoever judges a day
// or proves a file before it is deleted. Read with messages/zstd_stream, which
// shares nothing with the writer of compressed files but the library.

#include <functional>
#include <string>
#include <string_view>

#include "actors/archive/archive_jobs.hpp"
#include "actors/archive/days.hpp"
#include "actors/journal/file_system.hpp"
#include "messages/result.hpp"

namespace observer {

/// Gives the lines of a file in whatever form it is there, of both the plain one,
/// until `each` says false. A line of more than a MiB is left out, and so is an
/// end without a newline. Fails where the form is `away`, or what is compressed is
/// damaged. Blocks; memory: a MiB or two.
result<> read_journal_lines(file_system& fs, const std::string& data_dir,
                            const catalogued_file& file,
                            const std::function<bool(std::string_view)>& each);

/// SHA-256 of the lines in the compressed file `name`
/// (`scalp/20260914_15.jsonl.zst`), hexadecimal. Ends with a problem soon after
/// `go_on`, which may be empty, says false.
result<std::string> sha256_of_compressed(file_system& fs,
                                         const std::string& data_dir,
                                         const std::string& name,
                                         const go_on_function& go_on);

} // namespace observer
