// Who may see the page. On loopback: who holds the one-time token of the printed address, once, and
// from then on the cookie that it was exchanged for. Hosted: coordinators, by their certificates.
//
// Other pages in the same browser are the adversary. A page whose own name was made to resolve to
// 127.0.0.1 is told by its Host header, one that calls from its own address by Origin and
// Sec-Fetch-Site, and the cookie does not travel with either (SameSite=Strict).
#ifndef VERVET_HUB_DASHBOARD_DOOR_H_
#define VERVET_HUB_DASHBOARD_DOOR_H_

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "hub/dashboard/http.h"

namespace vervet::dashboard {

// Browsers that may be let in at a time; the one that came first goes.
inline constexpr size_t kMaxSessions = 16;

// Headers that every answer carries.
std::vector<std::pair<std::string, std::string>> SecurityHeaders();

// A page for people: what is wrong, what to do.
HttpAnswer RefusalPage(int status, const std::string& what, const std::string& remedy);

// Thread-safe.
class Door {
 public:
  struct Options {
    std::string scheme = "http";
    std::vector<std::string> hosts;  // "127.0.0.1:4711", "localhost:4711": what Host may say
    std::string cookie;              // its name; one a port, because cookies know no ports
    // Hosted: "spiffe://<coalition>/coordinator/". Empty: by token.
    std::string coordinator_prefix;
    Environment* environment = nullptr;
    // Told of every new token, while no lock is held: the first one, and another one each time that
    // one was used, so that a second browser can be let in.
    std::function<void(const std::string& token)> on_token;
  };
  explicit Door(Options options);

  // Makes the first token.
  void Open();

  // An answer where the request ends here: refused, or a token exchanged. Nothing: let it in.
  std::optional<HttpAnswer> Check(const HttpRequest& request);

 private:
  std::optional<HttpAnswer> CheckSource(const HttpRequest& request) const;
  std::optional<HttpAnswer> Exchange(const std::string& token);
  bool HasSession(const std::string& cookie_header) const;
  std::string NewToken();

  const Options options_;
  mutable Mutex mutex_;
  std::string token_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> sessions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::dashboard

#endif  // VERVET_HUB_DASHBOARD_DOOR_H_
