#include "core/net/tls_probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/net/x509.h"

namespace vervet::net {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMaxPort = 65535;
constexpr size_t kBufferBytes = 16 * 1024;
// ALPN's form: a length, then the name. gRPC speaks nothing but HTTP/2.
constexpr unsigned char kAlpn[] = {2, 'h', '2'};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

struct Address {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

absl::StatusOr<Address> ToAddress(const std::string& host, int port) {
  if (port < 1 || port > kMaxPort) {
    return absl::InvalidArgumentError("the port to probe must be in 1-65535");
  }
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  const char* text = host == "localhost" ? "127.0.0.1" : host.c_str();
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof(sockaddr_in);
  } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof(sockaddr_in6);
  } else {
    return absl::InvalidArgumentError("the host to probe must be an IP address or localhost");
  }
  return address;
}

absl::Status SystemError(absl::string_view what, int error) {
  const std::string text = absl::StrCat("probe: ", what, ": ", std::strerror(error));
  if (error == EMFILE || error == ENFILE) return absl::ResourceExhaustedError(text);
  return absl::UnavailableError(text);
}

// Waits until `fd` is ready for `events` or the deadline passed.
absl::Status Wait(int fd, int16_t events, Clock::time_point deadline, absl::string_view what) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) {
      return absl::DeadlineExceededError(absl::StrCat("probe: ", what, " in time"));
    }
    pollfd entry = {fd, events, 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::min<int64_t>(left.count(), INT32_MAX)));
    if (ready > 0) return absl::OkStatus();  // errors show at the next read or write
    if (ready < 0 && errno != EINTR) return SystemError("poll", errno);
  }
}

absl::Status Connect(int fd, const Address& address, Clock::time_point deadline) {
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) {
    return absl::OkStatus();
  }
  if (errno != EINPROGRESS) return SystemError("connect", errno);
  VERVET_RETURN_IF_ERROR(Wait(fd, POLLOUT, deadline, "the kernel did not connect"));
  int error = 0;
  socklen_t size = sizeof(error);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? absl::OkStatus() : SystemError("connect", error);
}

// OpenSSL's own socket reader and writer would raise SIGPIPE; so TLS runs over memory, and this
// moves the bytes.
absl::Status Flush(int fd, BIO* from_tls, Clock::time_point deadline) {
  char buffer[kBufferBytes];
  int size = 0;
  while ((size = BIO_read(from_tls, buffer, sizeof(buffer))) > 0) {
    for (int sent = 0; sent < size;) {
      const ssize_t n = send(fd, buffer + sent, static_cast<size_t>(size - sent), MSG_NOSIGNAL);
      if (n >= 0) {
        sent += static_cast<int>(n);
      } else if (errno == EAGAIN) {
        VERVET_RETURN_IF_ERROR(Wait(fd, POLLOUT, deadline, "the listener did not read"));
      } else if (errno != EINTR) {
        return SystemError("send", errno);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status Fill(int fd, BIO* to_tls, Clock::time_point deadline) {
  char buffer[kBufferBytes];
  for (;;) {
    VERVET_RETURN_IF_ERROR(Wait(fd, POLLIN, deadline, "the listener did not answer"));
    const ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
    if (n > 0) {
      BIO_write(to_tls, buffer, static_cast<int>(n));
      return absl::OkStatus();
    }
    if (n == 0) return absl::UnavailableError("probe: the listener closed the connection");
    if (errno != EAGAIN && errno != EINTR) return SystemError("recv", errno);
  }
}

absl::Status Handshake(int fd, Clock::time_point deadline) {
  ERR_clear_error();
  SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return absl::InternalError("probe: OpenSSL gave no context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SslPtr ssl(SSL_new(context.get()));
  BIO* to_tls = BIO_new(BIO_s_mem());
  BIO* from_tls = BIO_new(BIO_s_mem());
  if (ssl == nullptr || to_tls == nullptr || from_tls == nullptr) {
    BIO_free(to_tls);
    BIO_free(from_tls);
    return absl::InternalError("probe: OpenSSL has no memory");
  }
  SSL_set_bio(ssl.get(), to_tls, from_tls);  // takes both
  SSL_set_alpn_protos(ssl.get(), kAlpn, sizeof(kAlpn));
  for (;;) {
    const int result = SSL_connect(ssl.get());
    const int error = SSL_get_error(ssl.get(), result);
    if (result == 1) return absl::OkStatus();
    if (error != SSL_ERROR_WANT_READ) {
      return absl::FailedPreconditionError(
          absl::StrCat("probe: the answer is not TLS 1.3: ", TakeOpenSslError()));
    }
    VERVET_RETURN_IF_ERROR(Flush(fd, from_tls, deadline));
    VERVET_RETURN_IF_ERROR(Fill(fd, to_tls, deadline));
  }
}

}  // namespace

absl::Status ProbeTlsListener(const std::string& host, int port, absl::Duration timeout) {
  const Clock::time_point deadline = Clock::now() + absl::ToChronoMilliseconds(timeout);
  VERVET_ASSIGN_OR_RETURN(const Address address, ToAddress(host, port));
  const Socket socket_fd(
      socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket_fd.fd() < 0) return SystemError("socket", errno);
  VERVET_RETURN_IF_ERROR(Connect(socket_fd.fd(), address, deadline));
  return Handshake(socket_fd.fd(), deadline);
}

}  // namespace vervet::net
