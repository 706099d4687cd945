#pragma once

// `<file>.checkpoint`, beside a file that is being written: how far it was
// durable some seconds ago, and where its streams stood there. Whoever starts
// after a kill reads the file from there on and knows every symbol's last
// volume, however large the file is. It proves nothing: the manifest comes
// from the whole file.
//
// Form. A manifest of the bytes up to the offset (`bytes`) without gaps, whose
// `sha256` is that of the last `window_bytes` before the offset, and behind it
// one line with the SHA-256 of that text. One that is torn, of another file or
// of another content is no checkpoint.

#include <cstdint>
#include <optional>
#include <string>

#include "actors/journal/journal_file.hpp"

namespace observer {

inline constexpr uint64_t checkpoint_window_bytes = 4096;

/// What a checkpoint says of a file that is being written. Streams of former
/// sessions are told as one for each symbol.
manifest checkpoint_of(const journal_file& file, dataset data, int64_t now_us);

/// Writes it beside the file, whole or not at all. Nothing is written if the
/// file is sealed, gone, or not as long as the checkpoint says.
std::optional<io_problem> write_checkpoint(file_system& fs,
                                           const std::string& path,
                                           manifest said);

/// What a checkpoint says of the file `path`, whatever that holds now, or if it
/// is gone: records that were durable in it.
std::optional<manifest> word_of_checkpoint(file_system& fs,
                                           const std::string& path,
                                           dataset data);

/// That, if it fits the content of the file.
std::optional<manifest> read_checkpoint(file_system& fs,
                                        const std::string& path,
                                        dataset data);

} // namespace observer
