#include "tests/integration/idle_connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace vervet::integration {
namespace {

// RFC 9113, section 3.4: the client's preface and an empty SETTINGS frame.
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
constexpr unsigned char kProtocols[] = "\x02h2";  // ALPN

absl::Status Failed(const std::string& what) {
  const unsigned long error = ERR_get_error();
  const char* reason = error == 0 ? std::strerror(errno) : ERR_reason_error_string(error);
  return absl::UnavailableError(absl::StrCat(what, ": ", reason == nullptr ? "?" : reason));
}

int Connect(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  sockaddr_in to = {};
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) {
    return -1;
  }
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const timeval patience = {20, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

void IdleConnections::FreeConnection::operator()(SSL* connection) const {
  const int fd = SSL_get_fd(connection);
  SSL_free(connection);
  close(fd);
}

IdleConnections::IdleConnections(const coalition::TlsPaths& tls)
    : context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_use_certificate_chain_file(context_.get(), tls.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(context_.get(), tls.private_key.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_load_verify_locations(context_.get(), tls.ca.c_str(), nullptr);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context_.get(), kProtocols, sizeof(kProtocols) - 1);
}

IdleConnections::~IdleConnections() = default;

absl::Status IdleConnections::Open(const std::string& address) {
  ERR_clear_error();
  const int fd = Connect(address);
  if (fd < 0) return Failed("connecting");
  Connection connection(SSL_new(context_.get()));
  SSL_set_fd(connection.get(), fd);
  if (SSL_connect(connection.get()) != 1) return Failed("handshake");
  if (SSL_write(connection.get(), kPreface, sizeof(kPreface) - 1) <= 0) return Failed("preface");
  // A certificate that the hub refuses shows here: in TLS 1.3 the client's handshake is over
  // before.
  std::array<char, 64> frame;
  if (SSL_read(connection.get(), frame.data(), frame.size()) <= 0) return Failed("settings");
  connections_.push_back(std::move(connection));
  return absl::OkStatus();
}

size_t IdleConnections::CountOpen() const {
  size_t open = 0;
  for (const Connection& connection : connections_) {
    char byte = 0;
    // Whatever the hub has sent and nobody has read keeps the end of the stream from showing here,
    // but not a reset; frames of a live connection are few.
    pollfd waited = {SSL_get_fd(connection.get()), POLLRDHUP, 0};
    poll(&waited, 1, 0);
    const bool ended = (waited.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0 ||
                       recv(waited.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    if (!ended) ++open;
  }
  return open;
}

}  // namespace vervet::integration
