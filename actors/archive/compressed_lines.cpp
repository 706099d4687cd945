#include "actors/archive/compressed_lines.hpp"

#include <array>
#include <memory>

#include "actors/archive/line_cutter.hpp"
#include "actors/journal/manifest_builder.hpp"
#include "messages/zstd_stream.hpp"

namespace observer {

namespace {

constexpr uint64_t unpacked_piece_bytes = 256 * 1024;

/// `take` returns false to end it.
result<> unpack(file_system& fs, const std::string& path,
                const std::function<bool(std::string_view)>& take) {
  auto made = std::make_unique<std::array<char, unpacked_piece_bytes>>();
  zstd_stream stream;
  for (uint64_t offset = 0;;) {
    auto got = fs.read(path, offset, unpacked_piece_bytes);
    if (got.problem)
      return problem{got.problem->text()};
    if (got.bytes.empty())
      break;
    offset += got.bytes.size();
    std::string_view in{got.bytes};
    for (;;) {
      auto step = stream.next(in, made->data(), made->size());
      if (!stream.problem().empty())
        return problem{path + ": " + stream.problem()};
      in.remove_prefix(step.taken);
      if (step.made > 0 && !take({made->data(), step.made}))
        return {};
      if (step.made == 0 && in.empty())
        break;
    }
  }
  stream.end();
  if (!stream.problem().empty())
    return problem{path + ": " + stream.problem()};
  return {};
}

} // namespace

result<> read_journal_lines(file_system& fs, const std::string& data_dir,
                            const catalogued_file& file,
                            const std::function<bool(std::string_view)>& each) {
  if (file.form != day_form::compressed)
    return read_plain_lines(fs, data_dir, file, each);
  line_cutter lines{each};
  return unpack(fs, data_dir + "/" + file.compressed_name(),
                [&](std::string_view bytes) { return lines.add(bytes); });
}

result<std::string> sha256_of_compressed(file_system& fs,
                                         const std::string& data_dir,
                                         const std::string& name,
                                         const go_on_function& go_on) {
  sha256 hash;
  auto interrupted = false;
  auto done = unpack(fs, data_dir + "/" + name, [&](std::string_view bytes) {
    interrupted = go_on && !go_on();
    hash.add(bytes);
    return !interrupted;
  });
  if (!done)
    return done.error();
  if (interrupted)
    return problem{name + ": interrupted"};
  return hash.hex();
}

} // namespace observer
