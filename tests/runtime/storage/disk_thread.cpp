#define CAF_SUITE runtime_storage_disk_thread
#include "test.hpp"

#include <atomic>
#include <future>
#include <optional>

#include <sys/resource.h>
#include <unistd.h>

#include "runtime/storage/disk_thread.hpp"

namespace CAF_SUITE {

using namespace observer;

CAF_TEST(an idle disk gives way to the others) {
  std::atomic<int> nice{0}, usual_nice{0};
  auto ask = [](std::atomic<int>& to) {
    return [&to] {
      to = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    };
  };
  {
    disk_thread idle{disk_thread::manner::idle}, usual;
    idle.submit(ask(nice));
    usual.submit(ask(usual_nice));
  }
  CAF_CHECK_EQUAL(nice.load(), 19);
  CAF_CHECK_EQUAL(usual_nice.load(),
                  ::getpriority(PRIO_PROCESS,
                                static_cast<id_t>(::gettid())));
}

CAF_TEST(jobs run in the order of their submission) {
  std::vector<int> seen;
  {
    disk_thread disk;
    for (int i = 0; i < 100; ++i)
      disk.submit([&seen, i] { seen.push_back(i); });
  }
  CAF_REQUIRE_EQUAL(seen.size(), 100u);
  for (int i = 0; i < 100; ++i)
    CAF_CHECK_EQUAL(seen[static_cast<size_t>(i)], i);
}

CAF_TEST(jobs run away from whoever submits them) {
  std::thread::id where;
  {
    disk_thread disk;
    disk.submit([&] { where = std::this_thread::get_id(); });
  }
  CAF_CHECK(where != std::thread::id{});
  CAF_CHECK(where != std::this_thread::get_id());
}

CAF_TEST(an exception ends its job and not the thread) {
  int done = 0;
  {
    disk_thread disk;
    disk.submit([] { throw std::runtime_error{"out of luck"}; });
    disk.submit([] { throw 42; });
    disk.submit([&] { ++done; });
  }
  CAF_CHECK_EQUAL(done, 1);
}

CAF_TEST(the destructor waits for the job under way and for those behind it) {
  std::promise<void> go;
  auto gone = go.get_future();
  int done = 0;
  std::optional<disk_thread> disk{std::in_place};
  disk->submit([&] { gone.wait(); });
  disk->submit([&] { ++done; });
  std::jthread opener{[&] { go.set_value(); }};
  disk.reset();
  CAF_CHECK_EQUAL(done, 1);
}

CAF_TEST(a job may submit another) {
  int done = 0;
  {
    disk_thread disk;
    disk.submit([&] { disk.submit([&] { ++done; }); });
  }
  CAF_CHECK_EQUAL(done, 1);
}

CAF_TEST(what a job holds is gone before the next job runs) {
  auto held = std::make_shared<int>(1);
  std::weak_ptr<int> watched = held;
  bool gone = false;
  {
    disk_thread disk;
    disk.submit([held] {});
    held.reset();
    disk.submit([&] { gone = watched.expired(); });
  }
  CAF_CHECK(gone);
}

CAF_TEST(a disk whose last holder is its own job ends by itself) {
  std::promise<void> after;
  auto done = after.get_future();
  {
    auto disk = std::make_shared<disk_thread>();
    std::promise<void> go;
    auto gone = go.get_future().share();
    disk->submit([disk, gone] { gone.wait(); });
    disk->submit([&] { after.set_value(); });
    disk.reset();
    go.set_value();
  }
  auto state = done.wait_for(std::chrono::seconds{30});
  CAF_CHECK(state == std::future_status::ready);
}

CAF_TEST(whoever waits for a disk to be idle waits no longer than he wants) {
  std::promise<void> go;
  auto gone = go.get_future();
  auto now = [] { return std::chrono::steady_clock::now(); };
  int done = 0;
  disk_thread disk;
  CAF_CHECK(disk.wait_until_idle(now()));
  disk.submit([&] { gone.wait(); });
  disk.submit([&] { ++done; });
  CAF_CHECK(!disk.wait_until_idle(now()));
  go.set_value();
  CAF_CHECK(disk.wait_until_idle(now() + std::chrono::seconds{60}));
  CAF_CHECK_EQUAL(done, 1);
}

CAF_TEST(both parts of a job are done on two threads before it goes on) {
  std::thread::id one, other, job;
  bool after = false;
  {
    disk_thread disk;
    disk.submit([&] {
      job = std::this_thread::get_id();
      std::promise<void> meet;
      auto met = meet.get_future();
      // Neither can end alone.
      std::promise<void> back;
      auto answered = back.get_future();
      disk.both(
        [&] {
          one = std::this_thread::get_id();
          meet.set_value();
          answered.wait();
        },
        [&] {
          other = std::this_thread::get_id();
          met.wait();
          back.set_value();
        });
      after = true;
    });
  }
  CAF_CHECK(after);
  CAF_CHECK(other == job);
  CAF_CHECK(one != job);
}

CAF_TEST(what either part throws leaves it when both are done) {
  int done = 0, thrown = 0;
  {
    disk_thread disk;
    disk.submit([&] {
      auto fails = [] { throw std::runtime_error{"out of luck"}; };
      auto works = [&] { ++done; };
      for (int turn = 0; turn < 2; ++turn)
        try {
          if (turn == 0)
            disk.both(fails, works);
          else
            disk.both(works, fails);
        } catch (const std::runtime_error&) {
          ++thrown;
        }
    });
  }
  CAF_CHECK_EQUAL(done, 2);
  CAF_CHECK_EQUAL(thrown, 2);
}

} // namespace CAF_SUITE
