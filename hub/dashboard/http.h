// What the door, the assets and the API see of HTTP: plain values, so that only one file knows the
// library that speaks it.
#ifndef VERVET_HUB_DASHBOARD_HTTP_H_
#define VERVET_HUB_DASHBOARD_HTTP_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace vervet::dashboard {

struct HttpRequest {
  std::string method;                         // "GET"
  std::string path;                           // percent escapes undone, without the query
  std::map<std::string, std::string> params;  // of the query; the first of each name
  // Headers; empty where they were not sent.
  std::vector<std::string> hosts;  // one, in a request that is right
  std::string origin;
  std::string fetch_site;  // Sec-Fetch-Site
  std::string cookie;
  std::string if_none_match;
  bool accepts_gzip = false;
  // Over TLS: what the client's verified certificate says. Empty without one.
  std::string client_uri;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Called from several threads at a time.
using HttpHandler = std::function<HttpAnswer(const HttpRequest&)>;

}  // namespace vervet::dashboard

#endif  // VERVET_HUB_DASHBOARD_HTTP_H_
