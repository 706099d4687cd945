/* What a disk, a file system or a shortage can do to a call, on demand: loaded
   before the C library. A file of the call's name in the folder FAULTS_DIR
   makes it fail with the errno that is written in it, or, with `hang`, not
   return until the file is gone, or, with `slow N`, take N ms longer. With a
   file `numbers` one and the same file has another number at each look, as on
   some network, shared and FUSE file systems. The folder is looked at in each
   call. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long read_fault(const char *call, char *out, size_t size) {
  const char *folder = getenv("FAULTS_DIR");
  char path[512];
  if (!folder)
    return -1;
  snprintf(path, sizeof path, "%s/%s", folder, call);
  long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  long n = syscall(SYS_read, fd, out, size - 1);
  syscall(SYS_close, fd);
  out[n > 0 ? n : 0] = 0;
  return n;
}

/* 0, or the errno with which the call fails. */
static int strike(const char *call) {
  char fault[32];
  while (read_fault(call, fault, sizeof fault) > 0) {
    int slow_ms = strncmp(fault, "slow ", 5) == 0 ? atoi(fault + 5) : 0;
    if (!slow_ms && strncmp(fault, "hang", 4) != 0)
      return atoi(fault);
    long ms = slow_ms ? slow_ms : 20;
    struct timespec pause = {ms / 1000, ms % 1000 * 1000 * 1000};
    syscall(SYS_nanosleep, &pause, NULL);
    if (slow_ms)
      return 0;
  }
  return 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(call, value)                                                      \
  do {                                                                         \
    int code = strike(call);                                                   \
    if (code) {                                                                \
      errno = code;                                                            \
      return value;                                                            \
    }                                                                          \
  } while (0)

static int renumber(int done, struct stat *found) {
  static _Atomic ino_t number = 1000000;
  char ignored[2];
  if (done == 0 && read_fault("numbers", ignored, sizeof ignored) >= 0)
    found->st_ino = number++;
  return done;
}

int fstat(int fd, struct stat *found) {
  return renumber(REAL(fstat)(fd, found), found);
}

int stat(const char *path, struct stat *found) {
  return renumber(REAL(stat)(path, found), found);
}

int lstat(const char *path, struct stat *found) {
  return renumber(REAL(lstat)(path, found), found);
}

static int is_directory(int fd) {
  struct stat found;
  return fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
}

/* Of the ticks' files, or of those beside them. */
static int of_ticks(int fd) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  path[n > 0 ? n : 0] = 0;
  return strstr(path, "/scalp/") != NULL;
}

int fdatasync(int fd) {
  FAIL("fdatasync", -1);
  if (!of_ticks(fd))
    FAIL("fdatasync_beside", -1);
  return REAL(fdatasync)(fd);
}

int fsync(int fd) {
  FAIL(is_directory(fd) ? "fsync_directory" : "fsync", -1);
  return REAL(fsync)(fd);
}

int syncfs(int fd) {
  FAIL("syncfs", -1);
  return REAL(syncfs)(fd);
}

/* THREADS_FAIL_AT=N: the N-th call fails, as one at which a limit is reached
   for a moment. */
int pthread_create(pthread_t *out, const pthread_attr_t *attributes,
                   void *(*run)(void *), void *given) {
  static _Atomic int calls;
  const char *at = getenv("THREADS_FAIL_AT");
  if (at && ++calls == atoi(at))
    return EAGAIN;
  int code = strike("pthread_create");
  return code ? code : REAL(pthread_create)(out, attributes, run, given);
}

int statvfs(const char *path, struct statvfs *out) {
  FAIL("statvfs", -1);
  return REAL(statvfs)(path, out);
}

DIR *opendir(const char *name) {
  FAIL("opendir", NULL);
  return REAL(opendir)(name);
}

int flock(int fd, int operation) {
  FAIL(is_directory(fd) ? "flock_directory" : "flock", -1);
  return REAL(flock)(fd, operation);
}

/* Name servers: `getaddrinfo` hangs, is slow, or fails with one of the call's own
   codes; `addresses` has what a name is then, in that order. */
int getaddrinfo(const char *name, const char *service,
                const struct addrinfo *hints, struct addrinfo **out) {
  char list[256];
  int code = strike("getaddrinfo");
  if (code)
    return code;
  if (read_fault("addresses", list, sizeof list) <= 0)
    return REAL(getaddrinfo)(name, service, hints, out);
  struct addrinfo numeric = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST};
  for (char *rest, *at = strtok_r(list, " \n", &rest); at;
       at = strtok_r(NULL, " \n", &rest)) {
    code = REAL(getaddrinfo)(at, service, &numeric, out);
    if (code)
      return code;
    out = &(*out)->ai_next;
  }
  return 0;
}

/* The program's first look at standard input brings the signal of that number. */
static int look(int fd, int what, long more) {
  static int looked = 0;
  if (fd == STDIN_FILENO && what == F_GETFD && !looked++)
    raise(strike("signal"));
  return (int)syscall(SYS_fcntl, fd, what, more);
}

int fcntl(int fd, int what, ...) {
  va_list rest;
  va_start(rest, what);
  long more = va_arg(rest, long);
  va_end(rest);
  return look(fd, what, more);
}

int fcntl64(int fd, int what, ...) __attribute__((alias("fcntl")));

/* Of the journal's files only: the process lives on others too. */
static int of_journal(const char *path) {
  return strstr(path, ".jsonl") != NULL;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  int mode = flags & O_CREAT ? va_arg(rest, int) : 0;
  va_end(rest);
  if (of_journal(path))
    FAIL("open", -1);
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
