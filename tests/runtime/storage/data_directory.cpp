#define CAF_SUITE runtime_storage_data_directory
#include "test.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "runtime/storage/data_directory.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace std::chrono_literals;

namespace {

struct fixture {
  test::temporary_directory directory;
  std::string data = directory / "data";
  std::string lock_file = data + "/.lock";

  fixture() {
    std::filesystem::create_directory(data);
  }

  static std::string text_of(const std::string& path) {
    std::ifstream in{path};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  std::unique_ptr<data_directory_lock> claim() {
    auto made = claim_data_directory(data);
    if (!made)
      CAF_FAIL(made.error().text);
    return std::move(made).value();
  }

  /// What a second observer is told; empty if it may go on.
  std::string second() {
    auto made = claim_data_directory(data);
    return made ? std::string{} : made.error().text;
  }

  /// Lets the next check look again.
  static void wait_a_second() {
    std::this_thread::sleep_for(1'050ms);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(data_directory_tests, fixture)

CAF_TEST(a directory serves one observer and then the next) {
  auto first = claim();
  auto said = second();
  CAF_CHECK(said.find("in use by another observer (process "
                      + std::to_string(::getpid()))
            != said.npos);
  first.reset();
  CAF_CHECK_EQUAL(second(), "");
}

CAF_TEST(the lock does not end with its file) {
  auto first = claim();
  std::filesystem::remove(lock_file);
  CAF_CHECK(second().find("in use by another observer") != std::string::npos);
}

CAF_TEST(a lock file that was taken away is made again) {
  auto first = claim();
  std::filesystem::remove(lock_file);
  wait_a_second();
  CAF_CHECK(!first->check());
  CAF_CHECK_EQUAL(text_of(lock_file), std::to_string(::getpid()));
}

CAF_TEST(another directory at the path is taken too) {
  auto first = claim();
  std::filesystem::rename(data, data + ".old");
  std::filesystem::create_directory(data);
  wait_a_second();
  CAF_CHECK(!first->check());
  CAF_CHECK(second().find("in use by another observer") != std::string::npos);
}

CAF_TEST(a copy of the lock file holds nothing) {
  auto first = claim();
  std::filesystem::rename(data, data + ".old");
  std::filesystem::create_directory(data);
  std::filesystem::copy_file(data + ".old/.lock", lock_file);
  CAF_CHECK(!first->check());
  CAF_CHECK(second().find("in use by another observer") != std::string::npos);
  std::filesystem::remove(lock_file);
  CAF_CHECK(second().find("in use by another observer") != std::string::npos);
}

CAF_TEST(another directory that another observer has is told) {
  auto first = claim();
  std::filesystem::rename(data, data + ".old");
  auto other = claim();
  wait_a_second();
  auto bad = first->check();
  CAF_REQUIRE(bad.has_value());
  CAF_CHECK_EQUAL(bad->code, EBUSY);
  CAF_CHECK(bad->text().find("in use by another observer")
            != std::string::npos);
  other.reset();
  CAF_CHECK(!first->check());
}

CAF_TEST(a symbolic link in the place of the lock file is left alone) {
  auto target = directory / "precious";
  std::ofstream{target} << "precious";
  std::filesystem::create_symlink(target, lock_file);
  auto first = claim();
  CAF_CHECK_EQUAL(text_of(target), "precious");
  CAF_CHECK(std::filesystem::is_symlink(lock_file));
  CAF_CHECK(second().find("in use by another observer") != std::string::npos);
}

CAF_TEST(a dangling link in the place of the lock file makes no file) {
  auto target = directory / "nothing";
  std::filesystem::create_symlink(target, lock_file);
  auto first = claim();
  CAF_CHECK(!std::filesystem::exists(target));
}

CAF_TEST(a lock file with a second name is left alone) {
  auto target = directory / "precious";
  std::ofstream{target} << "12345";
  std::filesystem::create_hard_link(target, lock_file);
  auto first = claim();
  CAF_CHECK_EQUAL(text_of(target), "12345");
  CAF_CHECK(second().find("in use by another observer") != std::string::npos);
}

CAF_TEST(a lock file of somebody else is left alone) {
  std::ofstream{lock_file} << "a note of mine\n";
  auto first = claim();
  CAF_CHECK_EQUAL(text_of(lock_file), "a note of mine\n");
}

CAF_TEST(a pipe in the place of the lock file holds nobody) {
  CAF_REQUIRE_EQUAL(::mkfifo(lock_file.c_str(), 0600), 0);
  auto first = claim();
  CAF_CHECK(second().find("in use by another observer") != std::string::npos);
}

CAF_TEST(the number of a process that is gone names nobody) {
  std::ofstream{lock_file} << "999999999";
  CAF_CHECK_EQUAL(second(), "");
  CAF_CHECK_EQUAL(text_of(lock_file), std::to_string(::getpid()));
}

CAF_TEST(the test of the directory touches no file that is there) {
  auto name = data + "/.write-test";
  std::ofstream{name} << "mine";
  auto first = claim();
  CAF_CHECK_EQUAL(text_of(name), "mine");
  size_t files = 0;
  for (auto& entry : std::filesystem::directory_iterator{data}) {
    static_cast<void>(entry);
    ++files;
  }
  CAF_CHECK_EQUAL(files, 2u); // that one, and .lock
}

CAF_TEST(a directory that is full at the start is claimed all the same) {
  for (auto kind : {test::fs_op::create, test::fs_op::write, test::fs_op::sync}) {
    test::faulty_file_system full{std::make_shared<posix_file_system>()};
    full.plan.fail_nth(kind, 1, ENOSPC);
    auto first = claim_data_directory(full, data);
    CAF_CHECK(first.has_value());
    CAF_CHECK_EQUAL(full.plan.failures(), 1u);
    CAF_CHECK(second().find("in use by another observer") != std::string::npos);
    full.plan.fail_nth(kind, 1, EIO);
    CAF_CHECK(!claim_data_directory(full, data));
  }
}

CAF_TEST(each reason has its remedy) {
  auto remedy = [](int code) {
    return unusable_directory("d", "why", code).text;
  };
  CAF_CHECK(remedy(ENOSPC).find("free space") != std::string::npos);
  CAF_CHECK(remedy(EACCES).find("the right to write") != std::string::npos);
  CAF_CHECK(remedy(EMFILE).find("ulimit -n") != std::string::npos);
  CAF_CHECK(remedy(ENFILE).find("fs.file-max") != std::string::npos);
  CAF_CHECK(remedy(EINVAL).find("can sync") != std::string::npos);
  CAF_CHECK(remedy(EIO).find("look after that disk") != std::string::npos);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
