#define CAF_SUITE runtime_storage_journal_on_disk
#include "actors/journal/journal_morning.hpp"

#include "test.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/audit/command.hpp"
#include "runtime/storage/posix_file_system.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;
using namespace observer::journal_test;

// The writer over files of the machine, with every operation failing in turn.
// After each run the audit passes, which reads the files by itself.

namespace {

namespace stdfs = std::filesystem;

struct morning_on_disk : morning {
  morning_on_disk() {
    config.data_dir = directory / "data";
    stdfs::create_directory(config.data_dir);
    config.files = faulty;
  }

  void mend() override {
    faulty->plan.mend();
  }

  /// Copies the files to where the fixture looks.
  void look() const override {
    *fs = memory_file_system{};
    for (auto& entry : stdfs::recursive_directory_iterator(config.data_dir)) {
      if (!entry.is_regular_file())
        continue;
      std::ifstream in{entry.path()};
      std::stringstream bytes;
      bytes << in.rdbuf();
      fs->put("data/"
                + stdfs::relative(entry.path(), config.data_dir).string(),
              bytes.str());
    }
  }

  /// Everything sealed and sound; else what the audit says.
  std::string audit() const {
    std::ostringstream out, err;
    auto status = run_audit({.path = config.data_dir, .closed = true,
                             .threads = 1},
                            out, err);
    return status == 0 ? std::string{} : out.str() + err.str();
  }

  temporary_directory directory;
  std::shared_ptr<faulty_file_system> faulty
    = std::make_shared<faulty_file_system>(
      std::make_shared<posix_file_system>());
};

struct fault {
  int code = 0;
  bool for_good = false;
  std::optional<size_t> torn_bytes = {};
  /// Only operations of this kind.
  std::optional<fs_op> kind = {};
};

/// Fails the n-th operation, for each n until a run meets no fault. Returns
/// the number of runs that met one.
uint64_t fail_each_operation(const fault& f) {
  for (uint64_t n = 1;; ++n) {
    morning_on_disk w;
    auto what = "operation " + std::to_string(n) + " fails";
    w.faulty->torn_bytes = f.torn_bytes;
    if (f.kind)
      w.faulty->plan.fail_nth(*f.kind, n, f.code, f.for_good);
    else
      w.faulty->plan.fail_nth(n, f.code, f.for_good);
    w.live();
    w.check_end(what);
    morning::check_equal(what, w.audit(), "");
    if (w.faulty->plan.failures() == 0) {
      CAF_MESSAGE(n - 1 << " operations failed in turn");
      return n - 1;
    }
  }
}

} // namespace

CAF_TEST(the morning without a fault passes the audit) {
  morning_on_disk w;
  w.live();
  w.check_end("no fault");
  CAF_CHECK_EQUAL(w.records(), 20u);
  CAF_CHECK_EQUAL(w.audit(), "");
}

CAF_TEST(the audit here sees a line that is missing) {
  morning_on_disk w;
  w.live();
  w.check_end("no fault");
  auto path = w.config.data_dir + "/scalp/20260914_10.jsonl";
  std::ifstream in{path};
  std::string first, rest;
  std::getline(in, first);
  std::getline(in, rest, '\0');
  in.close();
  std::ofstream{path} << rest;
  CAF_CHECK(w.audit().find("missing before") != std::string::npos);
}

CAF_TEST(each operation fails once with an input output error) {
  CAF_CHECK(fail_each_operation({EIO}) > 40);
}

CAF_TEST(each operation fails once by an interruption) {
  CAF_CHECK(fail_each_operation({EINTR}) > 40);
}

CAF_TEST(each operation fails once for want of quota) {
  CAF_CHECK(fail_each_operation({EDQUOT}) > 20);
}

CAF_TEST(from each operation on the disk is full until it is not) {
  CAF_CHECK(fail_each_operation({ENOSPC, true}) > 20);
}

CAF_TEST(from each operation on the disk is read only until it is not) {
  CAF_CHECK(fail_each_operation({EROFS, true}) > 20);
}

CAF_TEST(from each operation on there is no right until there is) {
  CAF_CHECK(fail_each_operation({EACCES, true}) > 40);
}

CAF_TEST(each write leaves one byte) {
  CAF_CHECK(fail_each_operation({ENOSPC, false, 1, fs_op::write}) > 5);
}

CAF_TEST(each write leaves nothing) {
  CAF_CHECK(fail_each_operation({EIO, false, 0, fs_op::write}) > 5);
}

CAF_TEST(each write has written all when it fails) {
  CAF_CHECK(fail_each_operation({EIO, false, SIZE_MAX, fs_op::write}) > 5);
}

CAF_TEST(each sync fails once) {
  CAF_CHECK(fail_each_operation({EIO, false, {}, fs_op::sync}) > 5);
}

} // namespace CAF_SUITE
