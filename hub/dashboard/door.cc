#include "hub/dashboard/door.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/log/sha256.h"

namespace vervet::dashboard {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr char kTokenParameter[] = "token";

// Takes as long for a wrong text as for the right one.
bool Same(const std::string& a, const std::string& b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

constexpr char kRefusalStyle[] =
    "body{margin:0;display:grid;min-height:100vh;place-items:center;background:#f7f5ef;color:#"
    "1d2a24;"
    "font:1.05rem/1.6 Georgia,'Noto Serif CJK SC',serif}main{max-width:34rem;padding:2rem}"
    "h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}p{margin:0 0 .8rem}"
    "@media(prefers-color-scheme:dark){body{background:#12181a;color:#e8ece7}}";

std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

// The one style that the page has, named by its hash: nothing inline is let in otherwise.
std::string RefusalPolicy() {
  const log::Hash hash = log::Sha256().Update(kRefusalStyle).Final();
  const absl::string_view bytes(reinterpret_cast<const char*>(hash.data()), hash.size());
  return absl::StrCat("default-src 'none'; style-src 'sha256-", absl::Base64Escape(bytes),
                      "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> SecurityHeaders() {
  return {{"Content-Security-Policy",
           "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src "
           "'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
           "'none'"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Opener-Policy", "same-origin"},
          {"Cross-Origin-Resource-Policy", "same-origin"}};
}

HttpAnswer RefusalPage(int status, const std::string& what, const std::string& remedy) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "text/html; charset=utf-8";
  answer.body = absl::StrCat(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\"><title>Vervet: not shown</title><style>",
      kRefusalStyle, "</style></head><body><main><h1>", Escaped(what), "</h1><p>", Escaped(remedy),
      "</p></main></body></html>\n");
  answer.headers = SecurityHeaders();
  answer.headers.front().second = RefusalPolicy();
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

Door::Door(Options options) : options_(std::move(options)) {}

void Door::Open() {
  if (!options_.coordinator_prefix.empty()) return;
  const std::string token = NewToken();
  {
    MutexLock lock(mutex_);
    token_ = token;
  }
  options_.on_token(token);
}

std::string Door::NewToken() {
  return absl::BytesToHexString(options_.environment->RandomBytes(kTokenBytes));
}

std::optional<HttpAnswer> Door::CheckSource(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpAnswer answer =
        RefusalPage(405, "This address is only for reading.",
                    "Changes are made with the command line, vervet, and its name on them.");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  const bool known_host =
      request.hosts.size() == 1 && std::find(options_.hosts.begin(), options_.hosts.end(),
                                             request.hosts.front()) != options_.hosts.end();
  if (!known_host) {
    return RefusalPage(403, "This name does not belong to the dashboard.",
                       "Open exactly the address that vervet-dashboard printed.");
  }
  const std::string own = absl::StrCat(options_.scheme, "://", request.hosts.front());
  if ((!request.origin.empty() && request.origin != own) || request.fetch_site == "cross-site" ||
      request.fetch_site == "same-site") {
    return RefusalPage(403, "Another page asked for this one.",
                       "Open the address by hand, in a tab of its own.");
  }
  return std::nullopt;
}

std::optional<HttpAnswer> Door::Check(const HttpRequest& request) {
  if (auto refused = CheckSource(request)) return refused;
  if (!options_.coordinator_prefix.empty()) {
    if (absl::StartsWith(request.client_uri, options_.coordinator_prefix)) return std::nullopt;
    return RefusalPage(403, "This page is for the coalition's coordinators.",
                       "Choose a coordinator's certificate in the browser. Members start "
                       "vervet-dashboard on their own machine, with their own certificate.");
  }
  const auto token = request.params.find(kTokenParameter);
  if (request.path == "/" && token != request.params.end()) {
    // A bookmark of the printed address, in a browser that was let in before.
    if (HasSession(request.cookie)) {
      HttpAnswer answer;
      answer.status = 303;
      answer.headers = SecurityHeaders();
      answer.headers.emplace_back("Location", "/");
      return answer;
    }
    return Exchange(token->second);
  }
  if (HasSession(request.cookie)) return std::nullopt;
  return RefusalPage(403, "The address is not complete, or its key was used already.",
                     "Each printed address opens the page once, in one browser. The terminal in "
                     "which vervet-dashboard runs shows the next one.");
}

std::optional<HttpAnswer> Door::Exchange(const std::string& token) {
  const std::string session = NewToken();
  const std::string next = NewToken();
  {
    MutexLock lock(mutex_);
    if (token_.empty() || !Same(token, token_)) {
      return RefusalPage(403, "The key in this address is wrong, or was used already.",
                         "Each printed address opens the page once, in one browser. The terminal "
                         "in which vervet-dashboard runs shows the next one.");
    }
    token_ = next;
    sessions_.push_back(session);
    if (sessions_.size() > kMaxSessions) sessions_.pop_front();
  }
  options_.on_token(next);
  HttpAnswer answer;
  answer.status = 303;
  answer.headers = SecurityHeaders();
  answer.headers.emplace_back("Location", "/");
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("Set-Cookie", absl::StrCat(options_.cookie, "=", session,
                                                         "; Path=/; HttpOnly; SameSite=Strict"));
  return answer;
}

bool Door::HasSession(const std::string& cookie_header) const {
  const std::string prefix = absl::StrCat(options_.cookie, "=");
  for (absl::string_view part : absl::StrSplit(cookie_header, ';')) {
    part = absl::StripAsciiWhitespace(part);
    if (!absl::StartsWith(part, prefix)) continue;
    const std::string value(part.substr(prefix.size()));
    MutexLock lock(mutex_);
    for (const std::string& session : sessions_) {
      if (Same(value, session)) return true;
    }
  }
  return false;
}

}  // namespace vervet::dashboard
