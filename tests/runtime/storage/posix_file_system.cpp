#define CAF_SUITE runtime_storage_posix_file_system
#include "test.hpp"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/storage/posix_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace CAF_SUITE {

using namespace observer;

namespace {

struct fixture {
  test::temporary_directory directory;
  posix_file_system fs;

  ~fixture() {
    // Whoever took a right away gives it back, or the directory stays.
    ::chmod(directory.path().c_str(), 0700);
  }

  std::string path(const std::string& name) const {
    return directory / name;
  }

  std::string text_of(const std::string& name) const {
    std::ifstream in{path(name)};
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
  }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream{path(name)} << text;
  }

  std::unique_ptr<append_file> made(const std::string& name) {
    auto out = fs.create(path(name));
    if (out.problem)
      CAF_FAIL(out.problem->text());
    return std::move(out.file);
  }

  static void check_done(const std::optional<io_problem>& problem) {
    CAF_CHECK_EQUAL(problem ? problem->text() : "", "");
  }

  static void check_fails(const std::optional<io_problem>& problem, int code) {
    CAF_CHECK_EQUAL(problem ? problem->code : 0, code);
  }

  static void check_says(const std::optional<io_problem>& problem,
                         const std::string& part) {
    auto text = problem ? problem->text() : std::string{"no problem"};
    if (text.find(part) == text.npos)
      CAF_ERROR("no \"" << part << "\" in \"" << text << "\"");
  }
};

/// Lets files grow to so many bytes only, in its scope.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    signal_before_ = ::signal(SIGXFSZ, SIG_IGN);
    auto now = before_;
    now.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, signal_before_);
  }

 private:
  rlimit before_;
  sighandler_t signal_before_;
};

/// Makes root an ordinary user in its scope.
class ordinary_user {
 public:
  ordinary_user() : was_(::geteuid()) {
    if (was_ == 0 && ::seteuid(65534) != 0)
      CAF_FAIL("cannot become an ordinary user");
  }
  ~ordinary_user() {
    if (::seteuid(was_) != 0)
      CAF_FAIL("cannot become root again");
  }

 private:
  uid_t was_;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(posix_file_system_tests, fixture)

CAF_TEST(a new file takes what is written) {
  auto file = made("a");
  check_done(file->write("one\n"));
  check_done(file->write("two\n"));
  check_done(file->sync());
  CAF_CHECK_EQUAL(text_of("a"), "one\ntwo\n");
}

CAF_TEST(a new file is for its owner and group only) {
  auto mask = ::umask(0);
  made("a");
  ::umask(mask);
  struct stat found;
  CAF_REQUIRE_EQUAL(::stat(path("a").c_str(), &found), 0);
  CAF_CHECK_EQUAL(found.st_mode & 07777, 0640u);
}

CAF_TEST(a file is not made twice) {
  put("a", "mine");
  auto again = fs.create(path("a"));
  check_fails(again.problem, EEXIST);
  CAF_CHECK_EQUAL(text_of("a"), "mine");
}

CAF_TEST(an existing file is appended to) {
  put("a", "one\n");
  auto opened = fs.open_existing(path("a"));
  CAF_REQUIRE(!opened.problem);
  check_done(opened.file->write("two\n"));
  CAF_CHECK_EQUAL(text_of("a"), "one\ntwo\n");
}

CAF_TEST(a file that must exist is not made) {
  auto opened = fs.open_existing(path("a"));
  check_fails(opened.problem, ENOENT);
  CAF_CHECK(fs.list(directory.path()).names.empty());
}

CAF_TEST(a write that stops half way is a problem and not a success) {
  auto file = made("a");
  std::optional<io_problem> problem;
  {
    file_size_limit limit{10};
    problem = file->write("0123456789abcdef");
  }
  check_fails(problem, EFBIG);
  CAF_CHECK_EQUAL(text_of("a"), "0123456789");
}

CAF_TEST(a part of a file is read) {
  put("a", "0123456789");
  auto got = fs.read(path("a"), 3, 4);
  CAF_CHECK_EQUAL(got.bytes, "3456");
  auto rest = fs.read(path("a"), 8, UINT64_MAX);
  CAF_CHECK_EQUAL(rest.bytes, "89");
  auto beyond = fs.read(path("a"), 20, 4);
  CAF_CHECK(!beyond.problem && beyond.bytes.empty());
}

CAF_TEST(a file larger than one read comes whole) {
  std::string text;
  for (int i = 0; text.size() < 3'500'000; ++i)
    text += std::to_string(i);
  put("a", text);
  auto got = fs.read(path("a"), 0, UINT64_MAX);
  CAF_CHECK(got.bytes == text);
}

CAF_TEST(the size of what is not there is a problem) {
  put("a", "12345");
  auto whole = fs.size(path("a"));
  CAF_CHECK_EQUAL(whole.bytes, 5u);
  auto none = fs.size(path("b"));
  check_fails(none.problem, ENOENT);
}

CAF_TEST(files are listed in order and directories are not) {
  for (auto name : {"c", "a", "b"})
    put(name, "");
  check_done(fs.make_directory(path("d")));
  auto listed = fs.list(directory.path());
  check_done(listed.problem);
  CAF_CHECK_EQUAL(listed.names, (std::vector<std::string>{"a", "b", "c"}));
}

CAF_TEST(a directory that does not exist is empty) {
  auto listed = fs.list(path("none"));
  CAF_CHECK(!listed.problem && listed.names.empty());
}

CAF_TEST(a directory that cannot be read is not empty but a problem) {
  put("a", "");
  check_fails(fs.list(path("a")).problem, ENOTDIR);
}

CAF_TEST(a file is cut) {
  put("a", "0123456789");
  check_done(fs.truncate(path("a"), 4));
  CAF_CHECK_EQUAL(text_of("a"), "0123");
  check_fails(fs.truncate(path("none"), 0), ENOENT);
}

CAF_TEST(a file that is shorter is not made longer by cutting it) {
  put("a", "0123");
  check_fails(fs.truncate(path("a"), 4'000), ESTALE);
  CAF_CHECK_EQUAL(text_of("a"), "0123");
}

// -- links and pipes ------------------------------------------------------------

CAF_TEST(no file is opened through a link) {
  put("precious", "precious");
  CAF_REQUIRE_EQUAL(::symlink(path("precious").c_str(), path("a").c_str()), 0);
  check_fails(fs.create(path("a")).problem, EEXIST);
  check_fails(fs.open_existing(path("a")).problem, ELOOP);
  check_fails(fs.read(path("a"), 0, 10).problem, ELOOP);
  check_fails(fs.settle(path("a")), ELOOP);
  check_fails(fs.truncate(path("a"), 0), ELOOP);
  check_says(fs.truncate(path("a"), 0), "this name is a symbolic link");
  CAF_CHECK_EQUAL(text_of("precious"), "precious");
}

CAF_TEST(a pipe in the place of a file holds nobody) {
  CAF_REQUIRE_EQUAL(::mkfifo(path("a").c_str(), 0600), 0);
  check_says(fs.read(path("a"), 0, 10).problem, "this name is a pipe");
  check_says(fs.open_existing(path("a")).problem, "this name is a pipe");
  check_says(fs.settle(path("a")), "this name is a pipe");
  check_says(fs.truncate(path("a"), 0), "this name is a pipe");
  CAF_CHECK(fs.list(directory.path()).names.empty());
}

CAF_TEST(a directory may be a link to another place) {
  check_done(fs.make_directory(path("elsewhere")));
  CAF_REQUIRE_EQUAL(::symlink(path("elsewhere").c_str(), path("d").c_str()), 0);
  check_done(fs.make_directory(path("d")));
  auto file = made("d/a");
  check_done(file->write("one\n"));
  check_done(file->sync());
  check_done(file->verify(4));
  check_done(fs.sync_directory(path("d")));
  CAF_CHECK_EQUAL(text_of("elsewhere/a"), "one\n");
}

// -- files that are taken away --------------------------------------------------

CAF_TEST(a file is verified under its name and in its size) {
  auto file = made("a");
  check_done(file->verify(0));
  check_done(file->write("one\n"));
  check_done(file->verify(4));
  check_fails(file->verify(3), ESTALE);
}

CAF_TEST(a file that was deleted is not there and can be read) {
  auto file = made("a");
  check_done(file->write("one\n"));
  ::unlink(path("a").c_str());
  check_fails(file->verify(4), ESTALE);
  check_says(file->verify(4), "it was deleted");
  CAF_CHECK_EQUAL(file->read(0, 100).bytes, "one\n");
}

CAF_TEST(a file that was moved says where it is) {
  auto file = made("a");
  check_done(fs.rename(path("a"), path("b")));
  check_says(file->verify(0), "the file is " + path("b"));
}

CAF_TEST(a file whose folder was moved is not under its name) {
  check_done(fs.make_directory(path("d")));
  auto file = made("d/a");
  check_done(fs.rename(path("d"), path("e")));
  check_fails(file->verify(0), ESTALE);
  check_done(fs.make_directory(path("d")));
  check_fails(file->verify(0), ESTALE);
}

CAF_TEST(another file with the name of ours is not ours) {
  auto file = made("a");
  put("b", "");
  check_done(fs.rename(path("b"), path("a")));
  check_says(file->verify(0), "another file has this name");
  ::unlink(path("a").c_str());
  CAF_REQUIRE_EQUAL(::symlink(path("c").c_str(), path("a").c_str()), 0);
  check_fails(file->verify(0), ESTALE);
}

CAF_TEST(a copy in our place passes until it does not show what is written) {
  auto file = made("a");
  check_done(file->write("one\n"));
  check_done(fs.rename(path("a"), path("b")));
  put("a", "one\n");
  check_done(file->verify(4));
  check_done(file->write("two\n"));
  check_says(file->verify(8), "another file has this name");
}

CAF_TEST(a file of our size with other bytes is not ours) {
  auto file = made("a");
  check_done(file->write("one\n"));
  check_done(fs.rename(path("a"), path("b")));
  put("a", "two\n");
  check_says(file->verify(4), "another file has this name");
}

CAF_TEST(a file that was emptied says so) {
  auto file = made("a");
  check_done(file->write("one\n"));
  put("a", "");
  check_says(file->verify(4), "it has 0 bytes, and 4 were written: somebody "
                              "emptied or cut it");
}

CAF_TEST(who does not hold the place makes no file in it) {
  bool ours = true;
  fs.set_claim([&]() -> std::optional<io_problem> {
    if (ours)
      return std::nullopt;
    return io_problem{"lock", "data", EBUSY, "in use"};
  });
  auto file = made("a");
  ours = false;
  check_fails(file->verify(0), EBUSY);
  check_fails(fs.create(path("b")).problem, EBUSY);
  CAF_CHECK_EQUAL(fs.list(directory.path()).names,
                  std::vector<std::string>{"a"});
}

// -- directories that cannot be synced -------------------------------------------

CAF_TEST(a directory below one that may only be passed through is made) {
  check_done(fs.make_directory(path("x")));
  CAF_REQUIRE_EQUAL(::chmod(path("x").c_str(), 0733), 0);
  ::chmod(directory.path().c_str(), 0711);
  ordinary_user user;
  check_done(fs.make_directory(path("x/y")));
  check_done(fs.make_directory(path("x/y")));
  check_done(fs.sync_directory(path("x/y")));
}

CAF_TEST(no descriptors are told as that) {
  rlimit before;
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto none = before;
  none.rlim_cur = 0;
  ::setrlimit(RLIMIT_NOFILE, &none);
  auto problem = fs.create(path("a")).problem;
  ::setrlimit(RLIMIT_NOFILE, &before);
  check_fails(problem, EMFILE);
  check_says(problem, "this process may have 0 descriptors (ulimit -n)");
}

CAF_TEST(a rename replaces) {
  put("a", "new");
  put("b", "old");
  check_done(fs.rename(path("a"), path("b")));
  CAF_CHECK_EQUAL(text_of("b"), "new");
  auto names = fs.list(directory.path()).names;
  CAF_CHECK_EQUAL(names, std::vector<std::string>{"b"});
}

CAF_TEST(a file is removed once) {
  put("a", "");
  check_done(fs.remove(path("a")));
  check_fails(fs.remove(path("a")), ENOENT);
}

CAF_TEST(a directory is made with its parents and may be there already) {
  check_done(fs.make_directory(path("x/y/z")));
  check_done(fs.make_directory(path("x/y/z")));
  check_done(fs.make_directory(path("x/y/z/")));
  check_done(fs.sync_directory(path("x/y/z")));
}

CAF_TEST(a file in the place of a directory is named) {
  put("a", "");
  check_says(fs.make_directory(path("a")), "a file has this name");
  check_says(fs.make_directory(path("a/b")), "Not a directory");
}

CAF_TEST(a directory that is not there is not synced) {
  check_fails(fs.sync_directory(path("none")), ENOENT);
}

CAF_TEST(a refused file says who we are and whose the directory is) {
  CAF_REQUIRE_EQUAL(::chmod(directory.path().c_str(), 0500), 0);
  auto owner = ::geteuid();
  std::string expected;
  std::optional<io_problem> problem;
  {
    ordinary_user user;
    expected = "this process is uid " + std::to_string(::geteuid());
    problem = fs.create(path("a")).problem;
  }
  check_says(problem, "Permission denied (errno 13)");
  check_says(problem, expected);
  check_says(problem, directory.path() + " has mode 0500");
  check_says(problem, "belongs to uid " + std::to_string(owner));
}

CAF_TEST(a refused directory names the nearest path that is there) {
  CAF_REQUIRE_EQUAL(::chmod(directory.path().c_str(), 0555), 0);
  std::optional<io_problem> problem;
  {
    ordinary_user user;
    problem = fs.make_directory(path("x/y"));
  }
  check_says(problem, "mkdir " + path("x"));
  check_says(problem, directory.path() + " has mode 0555 and belongs to uid "
                        + std::to_string(::getuid()));
}

CAF_TEST(a full disk says how much is free and where) {
  auto full = fs.open_existing("/dev/full");
  CAF_REQUIRE(!full.problem);
  auto problem = full.file->write("one\n");
  check_says(problem, "write /dev/full: No space left on device (errno 28)");
  check_says(problem, "bytes free on the file system at /dev");
}

CAF_TEST(space is known even below what does not exist yet) {
  auto here = fs.free_room(directory.path());
  CAF_CHECK(!here.problem && here.bytes > 0);
  CAF_CHECK(fs.free_room(path("x/y/z")).bytes > 0);
  CAF_CHECK(here.total_bytes >= here.bytes);
}

CAF_TEST(what root makes belongs to whom the folder belongs) {
  // Others cannot give anything away, and have nothing to.
  if (::geteuid() != 0 || ::chown(directory.path().c_str(), 1234, 2345) != 0)
    return;
  { auto file = made("notes"); }
  check_done(fs.make_directory(path("state/backups")));
  for (auto name : {"notes", "state", "state/backups"}) {
    struct stat found;
    CAF_REQUIRE_EQUAL(::stat(path(name).c_str(), &found), 0);
    CAF_CHECK_EQUAL(found.st_uid, 1234u);
    CAF_CHECK_EQUAL(found.st_gid, 2345u);
  }
  // What was there already is nobody's to give.
  put("others", "x");
  CAF_CHECK(fs.create(path("others")).problem);
  struct stat found;
  CAF_REQUIRE_EQUAL(::stat(path("others").c_str(), &found), 0);
  CAF_CHECK_EQUAL(found.st_uid, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace CAF_SUITE
