#include "support/faulty_file_system.hpp"

#include <algorithm>

namespace observer::test {

class faulty_file_system::open_file : public append_file {
 public:
  open_file(faulty_file_system& fs, std::string path,
            std::unique_ptr<append_file> behind)
    : fs_(fs), path_(std::move(path)), behind_(std::move(behind)) {}

  std::optional<io_problem> write(std::string_view bytes) override {
    auto bad = fs_.begin(fs_op::write, path_);
    if (!bad)
      return behind_->write(bytes);
    auto torn = fs_.torn_bytes.value_or(bytes.size() / 2);
    behind_->write(bytes.substr(0, std::min(torn, bytes.size())));
    return bad;
  }

  std::optional<io_problem> sync() override {
    auto bad = fs_.begin(fs_op::sync, path_);
    return bad ? bad : behind_->sync();
  }

  std::optional<io_problem> verify(uint64_t bytes) override {
    return behind_->verify(bytes);
  }

  content read(uint64_t offset, uint64_t size_max) override {
    return behind_->read(offset, size_max);
  }

 private:
  faulty_file_system& fs_;
  std::string path_;
  std::unique_ptr<append_file> behind_;
};

std::optional<io_problem> faulty_file_system::begin(fs_op kind,
                                                    const std::string& path) {
  if (auto code = plan.strike(kind))
    return io_problem{std::string{to_string(kind)}, path, *code,
                      "a fault of the test"};
  if (before)
    before(kind);
  return std::nullopt;
}

file_system::opened faulty_file_system::wrap(opened inner,
                                             const std::string& path) {
  if (inner.file)
    inner.file = std::make_unique<open_file>(*this, path,
                                             std::move(inner.file));
  return inner;
}

file_system::opened faulty_file_system::create(const std::string& path) {
  if (auto bad = begin(fs_op::create, path))
    return {nullptr, bad};
  return wrap(behind_->create(path), path);
}

file_system::opened faulty_file_system::open_existing(const std::string& path) {
  if (auto bad = begin(fs_op::open_existing, path))
    return {nullptr, bad};
  return wrap(behind_->open_existing(path), path);
}

file_system::content faulty_file_system::read(const std::string& path,
                                              uint64_t offset,
                                              uint64_t size_max) {
  if (auto bad = begin(fs_op::read, path))
    return {{}, bad};
  return behind_->read(path, offset, size_max);
}

file_system::measured faulty_file_system::size(const std::string& path) {
  if (auto bad = begin(fs_op::size, path))
    return {0, bad};
  return behind_->size(path);
}

file_system::listing faulty_file_system::list(const std::string& directory) {
  if (auto bad = begin(fs_op::list, directory))
    return {{}, bad};
  return behind_->list(directory);
}

std::optional<io_problem> faulty_file_system::truncate(const std::string& path,
                                                       uint64_t size) {
  auto bad = begin(fs_op::truncate, path);
  return bad ? bad : behind_->truncate(path, size);
}

std::optional<io_problem> faulty_file_system::rename(const std::string& from,
                                                     const std::string& to) {
  auto bad = begin(fs_op::rename, from);
  return bad ? bad : behind_->rename(from, to);
}

std::optional<io_problem> faulty_file_system::remove(const std::string& path) {
  auto bad = begin(fs_op::remove, path);
  return bad ? bad : behind_->remove(path);
}

std::optional<io_problem>
faulty_file_system::make_directory(const std::string& path) {
  auto bad = begin(fs_op::make_directory, path);
  return bad ? bad : behind_->make_directory(path);
}

std::optional<io_problem> faulty_file_system::settle(const std::string& path,
                                                     uint64_t from) {
  auto bad = begin(fs_op::settle, path);
  return bad ? bad : behind_->settle(path, from);
}

std::optional<io_problem>
faulty_file_system::sync_directory(const std::string& path) {
  auto bad = begin(fs_op::sync_directory, path);
  return bad ? bad : behind_->sync_directory(path);
}

file_system::room faulty_file_system::free_room(const std::string& path) {
  return behind_->free_room(path);
}

} // namespace observer::test
