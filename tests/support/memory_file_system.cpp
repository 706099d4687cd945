#include "support/memory_file_system.hpp"

#include <algorithm>
#include <cerrno>

namespace observer::test {

class memory_file_system::open_file : public append_file {
 public:
  open_file(memory_file_system& fs, std::string path, node_ptr node)
    : fs_(fs), path_(std::move(path)), node_(std::move(node)),
      boot_(fs.boots_) {}

  std::optional<io_problem> write(std::string_view bytes) override {
    auto was_stopped = fs_.stopped_;
    auto bad = begin(fs_op::write);
    if (bad && !was_stopped && boot_ == fs_.boots_)
      node_->bytes.append(bytes.substr(0, bytes.size() / 2));
    else if (!bad)
      node_->bytes.append(bytes);
    return bad;
  }

  std::optional<io_problem> sync() override {
    auto was_stopped = fs_.stopped_;
    if (auto bad = begin(fs_op::sync)) {
      if (!was_stopped && !fs_.stopped_ && !node_->lost_from)
        node_->lost_from = node_->synced;
      return bad;
    }
    ++fs_.syncs_;
    node_->synced = node_->lost_from.value_or(node_->bytes.size());
    return std::nullopt;
  }

  std::optional<io_problem> verify(uint64_t bytes) override {
    auto at = fs_.live_.find(path_);
    if (boot_ != fs_.boots_ || fs_.stopped_)
      return std::nullopt; // nobody is left to look
    if (at == fs_.live_.end())
      return io_problem{"verify", path_, ESTALE, "it was deleted"};
    if (at->second != node_)
      return io_problem{"verify", path_, ESTALE, "another file has this name"};
    if (node_->bytes.size() != bytes)
      return io_problem{"verify", path_, ESTALE, "it has another size"};
    return std::nullopt;
  }

  content read(uint64_t offset, uint64_t size_max) override {
    if (auto bad = begin(fs_op::read))
      return {{}, bad};
    if (offset >= node_->bytes.size())
      return {};
    return {node_->bytes.substr(offset, size_max), std::nullopt};
  }

 private:
  std::optional<io_problem> begin(fs_op kind) {
    if (boot_ != fs_.boots_)
      return io_problem{std::string{to_string(kind)}, path_, EBADF,
                        "of a life before the power cut"};
    return fs_.begin(kind, path_);
  }

  memory_file_system& fs_;
  std::string path_;
  node_ptr node_;
  uint64_t boot_;
};

std::optional<io_problem> memory_file_system::begin(fs_op kind,
                                                    const std::string& path) {
  ++operations_;
  if (stop_at_ && operations_ >= *stop_at_)
    stopped_ = true;
  auto name = std::string{to_string(kind)};
  if (stopped_)
    return io_problem{name, path, EIO, "the machine has stopped"};
  if (auto code = plan_.strike(kind))
    return io_problem{name, path, *code, "a fault of the test"};
  return std::nullopt;
}

std::string memory_file_system::directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

void memory_file_system::changed(const std::string& path,
                                 std::function<void(entries&)> apply) {
  apply(live_);
  pending_.push_back({directory_of(path), std::move(apply)});
}

file_system::opened memory_file_system::create(const std::string& path) {
  if (auto bad = begin(fs_op::create, path))
    return {nullptr, bad};
  if (live_.contains(path))
    return {nullptr, io_problem{"create", path, EEXIST, {}}};
  if (!directories_.contains(directory_of(path)))
    return {nullptr, io_problem{"create", path, ENOENT, "no directory"}};
  auto made = std::make_shared<node>();
  changed(path, [path, made](entries& e) { e[path] = made; });
  return {std::make_unique<open_file>(*this, path, made), std::nullopt};
}

file_system::opened memory_file_system::open_existing(const std::string& path) {
  if (auto bad = begin(fs_op::open_existing, path))
    return {nullptr, bad};
  auto at = live_.find(path);
  if (at == live_.end())
    return {nullptr, io_problem{"open", path, ENOENT, {}}};
  return {std::make_unique<open_file>(*this, path, at->second), std::nullopt};
}

file_system::content memory_file_system::read(const std::string& path,
                                              uint64_t offset,
                                              uint64_t size_max) {
  if (auto bad = begin(fs_op::read, path))
    return {{}, bad};
  auto at = live_.find(path);
  if (at == live_.end())
    return {{}, io_problem{"read", path, ENOENT, {}}};
  auto& bytes = at->second->bytes;
  if (offset >= bytes.size())
    return {};
  return {bytes.substr(offset, size_max), std::nullopt};
}

std::optional<io_problem>
memory_file_system::settle(const std::string& path, uint64_t) {
  auto at = live_.find(path);
  auto known = at == live_.end() ? nullptr : at->second.get();
  if (auto bad = begin(fs_op::settle, path)) {
    if (known && !stopped_ && !known->lost_from)
      known->lost_from = known->synced;
    return bad;
  }
  if (!known)
    return io_problem{"settle", path, ENOENT, {}};
  known->bytes.resize(known->lost_from.value_or(known->bytes.size()));
  known->lost_from.reset();
  known->synced = known->bytes.size();
  ++syncs_;
  return std::nullopt;
}

file_system::measured memory_file_system::size(const std::string& path) {
  if (auto bad = begin(fs_op::size, path))
    return {0, bad};
  auto at = live_.find(path);
  if (at == live_.end())
    return {0, io_problem{"size", path, ENOENT, {}}};
  return {at->second->bytes.size(), std::nullopt};
}

file_system::listing memory_file_system::list(const std::string& directory) {
  if (auto bad = begin(fs_op::list, directory))
    return {{}, bad};
  listing out;
  for (auto& [path, node] : live_)
    if (directory_of(path) == directory)
      out.names.push_back(path.substr(directory.size() + 1));
  return out;
}

std::optional<io_problem> memory_file_system::truncate(const std::string& path,
                                                       uint64_t size) {
  if (auto bad = begin(fs_op::truncate, path))
    return bad;
  auto at = live_.find(path);
  if (at == live_.end())
    return io_problem{"truncate", path, ENOENT, {}};
  auto& n = *at->second;
  if (n.bytes.size() < size)
    return io_problem{"truncate", path, ESTALE, "it is shorter"};
  n.bytes.resize(size);
  if (n.lost_from && *n.lost_from >= size)
    n.lost_from.reset();
  n.synced = n.lost_from.value_or(size);
  return std::nullopt;
}

std::optional<io_problem> memory_file_system::rename(const std::string& from,
                                                     const std::string& to) {
  if (auto bad = begin(fs_op::rename, from))
    return bad;
  auto at = live_.find(from);
  if (at == live_.end())
    return io_problem{"rename", from, ENOENT, {}};
  changed(to, [from, to, node = at->second](entries& e) {
    e.erase(from);
    e[to] = node;
  });
  return std::nullopt;
}

std::optional<io_problem> memory_file_system::remove(const std::string& path) {
  if (auto bad = begin(fs_op::remove, path))
    return bad;
  if (!live_.contains(path))
    return io_problem{"remove", path, ENOENT, {}};
  changed(path, [path](entries& e) { e.erase(path); });
  return std::nullopt;
}

std::optional<io_problem>
memory_file_system::make_directory(const std::string& path) {
  if (auto bad = begin(fs_op::make_directory, path))
    return bad;
  directories_.insert(path);
  return std::nullopt;
}

std::optional<io_problem>
memory_file_system::sync_directory(const std::string& path) {
  if (auto bad = begin(fs_op::sync_directory, path))
    return bad;
  for (auto& c : pending_)
    if (c.directory == path)
      c.apply(durable_);
  std::erase_if(pending_, [&](const change& c) { return c.directory == path; });
  return std::nullopt;
}

file_system::room memory_file_system::free_room(const std::string&) {
  return {free_bytes, 1 << 20, std::nullopt, total_bytes};
}

void memory_file_system::shorten(const std::string& path, uint64_t bytes) {
  auto& n = *live_.at(path);
  n.bytes.resize(bytes);
  n.synced = bytes;
}

void memory_file_system::cut_power() {
  auto up_to = [&](uint64_t max) {
    return std::uniform_int_distribution<uint64_t>{0, max}(random_);
  };
  auto kept = up_to(pending_.size());
  for (uint64_t i = 0; i < kept; ++i)
    pending_[i].apply(durable_);
  pending_.clear();
  live_ = durable_;
  for (auto& [path, node] : live_) {
    node->bytes.resize(node->synced + up_to(node->bytes.size() - node->synced));
    node->synced = node->bytes.size();
    node->lost_from.reset();
  }
  stop_at_.reset();
  stopped_ = false;
  ++boots_;
}

std::vector<std::string> memory_file_system::files() const {
  std::vector<std::string> out;
  for (auto& [path, node] : live_)
    out.push_back(path);
  return out;
}

std::string memory_file_system::text(const std::string& path) const {
  auto at = live_.find(path);
  return at == live_.end() ? std::string{} : at->second->bytes;
}

std::string_view memory_file_system::view(const std::string& path) const {
  auto at = live_.find(path);
  return at == live_.end() ? std::string_view{} : at->second->bytes;
}

uint64_t memory_file_system::synced_bytes(const std::string& path) const {
  auto at = live_.find(path);
  return at == live_.end() ? 0 : at->second->synced;
}

bool memory_file_system::entry_is_durable(const std::string& path) const {
  return durable_.contains(path);
}

void memory_file_system::put(const std::string& path,
                             const std::string& bytes) {
  auto made = std::make_shared<node>();
  made->bytes = bytes;
  made->synced = bytes.size();
  live_[path] = durable_[path] = made;
  directories_.insert(directory_of(path));
}

} // namespace observer::test
