// Preloaded into a process: while the file $VERVET_FULL_DISK_FLAG exists, writing to any file whose
// path contains $VERVET_FULL_DISK_PATH fails with ENOSPC, as on a full disk. Reading goes on.
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

bool IsFull(int fd) {
  const char* flag = getenv("VERVET_FULL_DISK_FLAG");
  const char* part = getenv("VERVET_FULL_DISK_PATH");
  if (flag == nullptr || part == nullptr || access(flag, F_OK) != 0) return false;
  char link[64], path[4096];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof(path) - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return strstr(path, part) != nullptr;
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int NoSpace() {
  errno = ENOSPC;
  return -1;
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t)>("write");
  return IsFull(fd) ? NoSpace() : next(fd, data, size);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return IsFull(fd) ? NoSpace() : next(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return IsFull(fd) ? NoSpace() : next(fd, data, size, offset);
}

int posix_fallocate(int fd, off_t offset, off_t size) {
  static const auto next = Next<int (*)(int, off_t, off_t)>("posix_fallocate");
  return IsFull(fd) ? ENOSPC : next(fd, offset, size);
}

}  // extern "C"
