#include "hub/server/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"

namespace vervet::hub {
namespace {

absl::Status Explain(const std::string& field, const std::string& host, int port, int error) {
  const std::string address = absl::StrCat(field, ": cannot listen on ", host, ":", port, ": ");
  switch (error) {
    case EADDRINUSE:
      return absl::FailedPreconditionError(absl::StrCat(
          address, "the port is in use; stop the other process or choose another port"));
    case EACCES:
      return absl::FailedPreconditionError(absl::StrCat(
          address, "not permitted; choose a port of 1024 or above, or grant CAP_NET_BIND_SERVICE"));
    case EADDRNOTAVAIL:
      return absl::FailedPreconditionError(absl::StrCat(
          address, "this machine has no such address; use one of its own, or 0.0.0.0"));
    default:
      return absl::FailedPreconditionError(absl::StrCat(address, std::strerror(error)));
  }
}

}  // namespace

absl::Status CheckListenAddress(const std::string& field, const std::string& host, int port,
                                bool* in_use) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
      error != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(field, ": the host ", host, " is unknown: ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Explain(field, host, port, errno);
  // As gRPC does: a port whose last listener has just died may be taken again.
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  int error = 0;
  if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 1) != 0) error = errno;
  close(fd);
  if (in_use != nullptr) *in_use = error == EADDRINUSE;
  return error == 0 ? absl::OkStatus() : Explain(field, host, port, error);
}

}  // namespace vervet::hub
