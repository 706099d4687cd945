#define CAF_SUITE runtime_inspect_disk_watch
#include "runtime/inspect/disk_watch.hpp"

#include <condition_variable>
#include <mutex>

#include "support/memory_file_system.hpp"
#include "test.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

/// Steady time as the test sets it, for any thread.
struct set_clock : wall_clock {
  int64_t now_us() const override {
    return us;
  }
  int64_t steady_us() const override {
    return us;
  }
  std::atomic<int64_t> us{1'000'000};
};

/// A disk whose looks return when the test lets them.
class gated_disk : public test::memory_file_system {
 public:
  room free_room(const std::string& path) override {
    std::unique_lock lock{mutex_};
    ++looks_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    auto out = memory_file_system::free_room(path);
    out.bytes = bytes_;
    return out;
  }
  void set(bool open, uint64_t bytes = 0) {
    std::lock_guard guard{mutex_};
    open_ = open;
    bytes_ = bytes;
    changed_.notify_all();
  }
  void await_looks(int n) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return looks_ >= n; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  uint64_t bytes_ = 0;
  int looks_ = 0;
};

struct fixture {
  std::shared_ptr<gated_disk> disk = std::make_shared<gated_disk>();
  std::shared_ptr<set_clock> clock = std::make_shared<set_clock>();
  std::shared_ptr<live_board> board = std::make_shared<live_board>();

  ~fixture() {
    disk->set(true);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(disk_watch_tests, fixture)

CAF_TEST(what is free is known a look later and a full disk is not unknown) {
  disk_watch watch{disk, clock, board, "data"};
  disk->await_looks(2); // the first one is over
  auto found = watch.disk();
  CAF_REQUIRE(found.free_bytes.has_value());
  CAF_CHECK_EQUAL(*found.free_bytes, 0u);
  CAF_CHECK_EQUAL(found.free_inodes.value_or(0), uint64_t{1} << 20);
}

CAF_TEST(a disk that hangs makes old figures and keeps nobody waiting) {
  disk->set(true, 77);
  disk_watch watch{disk, clock, board, "data"};
  disk->await_looks(2);
  disk->set(false);
  disk->await_looks(3); // in it now, or in the one before
  clock->us += 30'000'000;
  auto found = watch.disk();
  CAF_CHECK_EQUAL(found.free_bytes.value_or(0), 77u);
  CAF_CHECK(found.age_us >= 29'000'000);
  watch.want_files(true);
  CAF_CHECK(watch.files().empty());
}

CAF_TEST(a watch ends though its look does not return) {
  disk->set(false);
  {
    disk_watch watch{disk, clock, board, "data"};
    disk->await_looks(1);
    CAF_CHECK(!watch.disk().free_bytes);
  }
  // Whatever the look finds now has a place to go.
  disk->set(true);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
