#include "hub/dashboard/dashboard.h"

#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/diagnostics.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "core/log/sha256.h"
#include "core/net/metrics_listener.h"
#include "hub/dashboard/assets.h"

namespace vervet::dashboard {
namespace {

constexpr char kApi[] = "/api/";

// Names the bytes; half of a SHA-256 is enough where nobody gains by a collision but of its own.
std::string EntityTag(absl::string_view bytes) {
  const log::Hash hash = log::Sha256().Update(bytes).Final();
  const absl::string_view text(reinterpret_cast<const char*>(hash.data()), hash.size() / 2);
  return absl::StrCat("\"", absl::BytesToHexString(text), "\"");
}

// 304 without a body where the browser has these bytes.
HttpAnswer Tagged(const HttpRequest& request, HttpAnswer answer) {
  if (answer.status != 200) return answer;
  const std::string tag = EntityTag(answer.body);
  answer.headers.emplace_back("ETag", tag);
  if (request.if_none_match == tag) {
    answer.status = 304;
    answer.body.clear();
  }
  return answer;
}

HttpAnswer AssetAnswer(const HttpRequest& request, const Asset& asset) {
  HttpAnswer answer;
  answer.content_type = std::string(asset.content_type);
  const bool gzip = request.accepts_gzip && !asset.gzipped.empty();
  answer.body = std::string(gzip ? asset.gzipped : asset.bytes);
  if (gzip) answer.headers.emplace_back("Content-Encoding", "gzip");
  answer.headers.emplace_back("Vary", "Accept-Encoding");
  answer.headers.emplace_back("Cache-Control", "no-cache");  // kept, but asked about each time
  return answer;
}

std::string Bracketed(const std::string& host) {
  return absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host;
}

}  // namespace

Dashboard::Dashboard(const Options& options, std::shared_ptr<grpc::Channel> hub)
    : options_(options), api_(std::move(hub), options.hub_timeout) {}

absl::StatusOr<std::unique_ptr<Dashboard>> Dashboard::Start(const Options& options,
                                                            std::shared_ptr<grpc::Channel> hub) {
  const bool hosted = options.https != nullptr;
  if (!hosted && !net::CheckLoopback(options.listen_host).ok()) {
    return absl::InvalidArgumentError(
        "--listen: an address that other machines reach needs HTTPS and coordinators' "
        "certificates (--https-certificate, --https-private-key); without them the page stays on "
        "127.0.0.1. From elsewhere, a tunnel reaches it: ssh -L PORT:127.0.0.1:PORT");
  }
  auto dashboard = absl::WrapUnique(new Dashboard(options, std::move(hub)));
  // The port is known, and with it what Host may say, only once the server listens: what comes in
  // before waits here.
  struct Ready {
    Mutex mutex;
    CondVar changed;
    bool is = false;
  };
  const auto ready = std::make_shared<Ready>();
  HttpServer::Options server;
  server.host = options.listen_host;
  server.port = options.port;
  server.https = options.https.get();
  VERVET_ASSIGN_OR_RETURN(
      dashboard->server_,
      HttpServer::Start(server, [ready, self = dashboard.get()](const HttpRequest& request) {
        {
          MutexLock lock(ready->mutex);
          while (!ready->is) ready->changed.Wait(ready->mutex);
        }
        return self->Handle(request);
      }));

  const int port = dashboard->server_->port();
  Door::Options door;
  door.scheme = hosted ? "https" : "http";
  if (hosted) {
    door.hosts = {absl::StrCat(options.public_host, ":", port)};
    if (port == 443) door.hosts.push_back(options.public_host);
    door.coordinator_prefix =
        absl::StrCat("spiffe://", options.identity.coalition, "/coordinator/");
  } else {
    door.hosts = {absl::StrCat(Bracketed(options.listen_host), ":", port),
                  absl::StrCat("localhost:", port)};
  }
  door.cookie = absl::StrCat("vervet_dashboard_", port);
  door.environment = options.environment;
  const std::string root = absl::StrCat(door.scheme, "://", door.hosts.back(), "/");
  const std::string address = absl::StrCat(door.scheme, "://", door.hosts.front(), "/");
  door.on_token = [address, on_address = options.on_address](const std::string& token) {
    on_address(absl::StrCat(address, "?token=", token));
  };
  dashboard->door_ = std::make_unique<Door>(std::move(door));
  if (hosted) options.on_address(root);
  dashboard->door_->Open();
  {
    MutexLock lock(ready->mutex);
    ready->is = true;
    ready->changed.NotifyAll();
  }
  return dashboard;
}

HttpAnswer Dashboard::Handle(const HttpRequest& request) {
  if (std::optional<HttpAnswer> ends = door_->Check(request)) return *std::move(ends);
  HttpAnswer answer = Serve(request);
  for (auto& header : SecurityHeaders()) answer.headers.push_back(std::move(header));
  return answer;
}

HttpAnswer Dashboard::Serve(const HttpRequest& request) const {
  if (absl::StartsWith(request.path, kApi)) {
    const std::string name = request.path.substr(sizeof(kApi) - 1);
    if (name == "session") return Tagged(request, JsonAnswer(Session()));
    const auto q = request.params.find("q");
    return Tagged(request, api_.Get(name, q == request.params.end() ? "" : q->second));
  }
  if (const Asset* asset = FindAsset(request.path)) {
    return Tagged(request, AssetAnswer(request, *asset));
  }
  HttpAnswer missing = RefusalPage(404, "There is nothing at this address.",
                                   "The dashboard has one page; it is at the address's root.");
  missing.headers.clear();  // Handle adds them
  missing.headers.emplace_back("Cache-Control", "no-store");
  return missing;
}

std::string Dashboard::Session() const {
  return absl::StrCat("{\"party\":", JsonQuote(options_.identity.party()),
                      ",\"role\":", JsonQuote(net::RoleWord(options_.identity.role)),
                      ",\"name\":", JsonQuote(options_.identity.name),
                      ",\"coalition\":", JsonQuote(options_.identity.coalition),
                      ",\"hub\":", JsonQuote(options_.hub_target),
                      ",\"hosted\":", options_.https ? "true" : "false", "}\n");
}

}  // namespace vervet::dashboard
