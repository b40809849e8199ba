// The only file that knows cpp-httplib.
#include "hub/dashboard/http_server.h"

#include <httplib.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/net/x509.h"

namespace vervet::dashboard {
namespace {

constexpr size_t kKeepAliveRequests = 10'000;
// Requests have no body; this is for what a stranger sends.
constexpr size_t kMaxBodyBytes = 1024;

std::vector<std::string> AllOf(const httplib::Request& request, const std::string& name) {
  std::vector<std::string> values;
  for (size_t i = 0; i < request.get_header_value_count(name); ++i) {
    values.push_back(request.get_header_value(name, i));
  }
  return values;
}

// The URI of a certificate that OpenSSL has verified, where it names exactly one.
std::string ClientUri(const SSL* ssl) {
  if (ssl == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return "";
  const net::X509Ptr certificate(SSL_get1_peer_certificate(ssl));
  if (certificate == nullptr) return "";
  const auto uris = net::UriNames(*certificate);
  return uris.ok() && uris->size() == 1 ? uris->front() : "";
}

HttpRequest ToRequest(const httplib::Request& from) {
  HttpRequest request;
  request.method = from.method;
  request.path = from.path;
  for (const auto& [name, value] : from.params) request.params.emplace(name, value);
  request.hosts = AllOf(from, "Host");
  request.origin = from.get_header_value("Origin");
  request.fetch_site = from.get_header_value("Sec-Fetch-Site");
  request.cookie = from.get_header_value("Cookie");
  request.if_none_match = from.get_header_value("If-None-Match");
  request.accepts_gzip = absl::StrContains(from.get_header_value("Accept-Encoding"), "gzip");
  request.client_uri = ClientUri(from.ssl);
  return request;
}

void Write(HttpAnswer answer, httplib::Response& response) {
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
  if (answer.body.empty()) {
    if (answer.status != 304) response.set_header("Content-Length", "0");
    return;
  }
  // A provider of known length: the library would compress a plain body with what the client
  // prefers, each time anew, and assets are compressed already.
  const auto body = std::make_shared<const std::string>(std::move(answer.body));
  response.set_content_provider(body->size(), answer.content_type,
                                [body](size_t offset, size_t length, httplib::DataSink& sink) {
                                  return sink.write(body->data() + offset, length);
                                });
}

class LibraryServer final : public HttpServer {
 public:
  LibraryServer(std::unique_ptr<httplib::Server> server, int port)
      : server_(std::move(server)), port_(port), thread_([this] { server_->listen_after_bind(); }) {
    // stop() before the loop runs would be lost.
    while (!server_->is_running()) std::this_thread::yield();
  }
  ~LibraryServer() override {
    server_->stop();
    thread_.join();
  }
  int port() const override { return port_; }

 private:
  const std::unique_ptr<httplib::Server> server_;
  const int port_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const Options& options,
                                                              HttpHandler handler) {
  std::unique_ptr<httplib::Server> server;
  if (options.https == nullptr) {
    server = std::make_unique<httplib::Server>();
  } else {
    server = std::make_unique<httplib::SSLServer>(options.https->certificate_path.c_str(),
                                                  options.https->private_key_path.c_str(),
                                                  options.https->client_ca_path.c_str());
    if (!server->is_valid()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the page's certificate ", options.https->certificate_path,
                       " cannot be used: it must be a PEM file that fits the private key, and the "
                       "authority's file must be there (",
                       net::TakeOpenSslError(), ")"));
    }
  }
  server->new_task_queue = [] { return new httplib::ThreadPool(kHttpThreads); };
  server->set_tcp_nodelay(true);
  server->set_keep_alive_max_count(kKeepAliveRequests);
  server->set_keep_alive_timeout(kKeepAliveSeconds);
  server->set_read_timeout(kReadTimeoutSeconds);
  server->set_write_timeout(kWriteTimeoutSeconds);
  server->set_payload_max_length(kMaxBodyBytes);
  // Without SO_REUSEPORT, which the library sets by itself: a port in use is an error, not a second
  // listener on it that takes every other request.
  server->set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
  server->set_pre_routing_handler(
      [handler = std::move(handler)](const httplib::Request& request, httplib::Response& response) {
        Write(handler(ToRequest(request)), response);
        return httplib::Server::HandlerResponse::Handled;
      });
  int port = options.port;
  if (port == 0) {
    port = server->bind_to_any_port(options.host);
  } else if (!server->bind_to_port(options.host, port)) {
    port = -1;
  }
  if (port <= 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot listen on ", options.host, " port ", options.port,
        ": it is in use, or no address of this machine; choose another with --port, or leave it "
        "out for a free one"));
  }
  return std::make_unique<LibraryServer>(std::move(server), port);
}

}  // namespace vervet::dashboard
