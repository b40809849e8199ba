#include "hub/dashboard/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/manual_environment.h"

namespace vervet::dashboard {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kHost[] = "127.0.0.1:4711";

class DoorTest : public ::testing::Test {
 protected:
  DoorTest() : door_(TheOptions()) { door_.Open(); }

  Door::Options TheOptions() {
    Door::Options options;
    options.hosts = {kHost, "localhost:4711"};
    options.cookie = "vervet_dashboard_4711";
    options.environment = &environment_;
    options.on_token = [this](const std::string& token) { tokens_.push_back(token); };
    return options;
  }
  static HttpRequest Get(const std::string& path) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.hosts = {kHost};
    return request;
  }
  static HttpRequest WithToken(const std::string& token) {
    HttpRequest request = Get("/");
    request.params["token"] = token;
    return request;
  }
  // 0: let in.
  int StatusOf(const HttpRequest& request) {
    const auto answer = door_.Check(request);
    return answer ? answer->status : 0;
  }
  static std::string HeaderOf(const HttpAnswer& answer, const std::string& name) {
    for (const auto& [key, value] : answer.headers) {
      if (key == name) return value;
    }
    return "";
  }
  // The cookie that a browser sends back after the exchange of a token.
  std::string Enter(const std::string& token) {
    const auto answer = door_.Check(WithToken(token));
    const std::string cookie = answer ? HeaderOf(*answer, "Set-Cookie") : "";
    return cookie.substr(0, cookie.find(';'));
  }
  HttpRequest WithCookie(const std::string& cookie) {
    HttpRequest request = Get("/");
    request.cookie = cookie;
    return request;
  }

  ManualEnvironment environment_;
  std::vector<std::string> tokens_;
  Door door_;
};

TEST_F(DoorTest, ExchangesTheTokenForACookieAndTakesItOutOfTheAddress) {
  const auto answer = door_.Check(WithToken(tokens_.at(0)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 303);
  EXPECT_EQ(HeaderOf(*answer, "Location"), "/");
  EXPECT_THAT(HeaderOf(*answer, "Set-Cookie"),
              AllOf(HasSubstr("vervet_dashboard_4711="), HasSubstr("HttpOnly"),
                    HasSubstr("SameSite=Strict"), HasSubstr("Path=/")));
  EXPECT_FALSE(absl::StrContains(HeaderOf(*answer, "Set-Cookie"), tokens_.at(0)));
}

TEST_F(DoorTest, LetsInWhoHasTheCookie) {
  const std::string cookie = Enter(tokens_.at(0));
  EXPECT_EQ(StatusOf(WithCookie(cookie)), 0);
  EXPECT_EQ(StatusOf(WithCookie("theme=dark; " + cookie + "; other=1")), 0);
}

TEST_F(DoorTest, RefusesWithAPageThatSaysWhatToDoWhereThereIsNoTokenOrCookie) {
  const auto answer = door_.Check(Get("/"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 403);
  EXPECT_THAT(answer->content_type, HasSubstr("text/html"));
  EXPECT_THAT(answer->body, HasSubstr("terminal"));
}

TEST_F(DoorTest, RefusesAWrongTokenAndOneOfAnotherLength) {
  std::string wrong = tokens_.at(0);
  wrong[5] = wrong[5] == 'a' ? 'b' : 'a';
  EXPECT_EQ(StatusOf(WithToken(wrong)), 403);
  EXPECT_EQ(StatusOf(WithToken("")), 403);
  EXPECT_EQ(StatusOf(WithToken(tokens_.at(0).substr(1))), 403);
  EXPECT_EQ(StatusOf(WithCookie("vervet_dashboard_4711=" + wrong)), 403);
}

TEST_F(DoorTest, TakesATokenOnceAndThenGivesAnotherOne) {
  Enter(tokens_.at(0));
  EXPECT_EQ(StatusOf(WithToken(tokens_.at(0))), 403);
  ASSERT_THAT(tokens_, SizeIs(2));
  EXPECT_NE(tokens_[0], tokens_[1]);
  EXPECT_EQ(StatusOf(WithToken(tokens_[1])), 303);
}

TEST_F(DoorTest, ABookmarkOfTheUsedAddressStillOpensTheBrowserThatUsedIt) {
  const std::string cookie = Enter(tokens_.at(0));
  HttpRequest again = WithToken(tokens_.at(0));
  again.cookie = cookie;
  EXPECT_EQ(StatusOf(again), 303);
}

TEST_F(DoorTest, TheTokenOfAnotherPathOpensNothing) {
  HttpRequest request = WithToken(tokens_.at(0));
  request.path = "/api/reduction";
  EXPECT_EQ(StatusOf(request), 403);
}

TEST_F(DoorTest, RefusesNamesThatWereMadeToPointHere) {
  const std::string cookie = Enter(tokens_.at(0));
  for (const char* host :
       {"attacker.example:4711", "127.0.0.1", "127.0.0.1:4712", "", "LOCALHOST"}) {
    HttpRequest request = WithCookie(cookie);
    request.hosts = {host};
    EXPECT_EQ(StatusOf(request), 403) << host;
  }
  HttpRequest none = WithCookie(cookie);
  none.hosts = {};
  EXPECT_EQ(StatusOf(none), 403);
  HttpRequest two = WithCookie(cookie);
  two.hosts = {kHost, "attacker.example"};
  EXPECT_EQ(StatusOf(two), 403);
  HttpRequest local = WithCookie(cookie);
  local.hosts = {"localhost:4711"};
  EXPECT_EQ(StatusOf(local), 0);
}

TEST_F(DoorTest, RefusesWhatAnotherPageAsksFor) {
  const std::string cookie = Enter(tokens_.at(0));
  for (const char* origin : {"http://attacker.example", "null", "https://127.0.0.1:4711"}) {
    HttpRequest request = WithCookie(cookie);
    request.origin = origin;
    EXPECT_EQ(StatusOf(request), 403) << origin;
  }
  HttpRequest own = WithCookie(cookie);
  own.origin = "http://127.0.0.1:4711";
  own.fetch_site = "same-origin";
  EXPECT_EQ(StatusOf(own), 0);
  for (const char* site : {"cross-site", "same-site"}) {
    HttpRequest request = WithCookie(cookie);
    request.fetch_site = site;
    EXPECT_EQ(StatusOf(request), 403) << site;
  }
}

TEST_F(DoorTest, TakesNothingButReading) {
  const std::string cookie = Enter(tokens_.at(0));
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    HttpRequest request = WithCookie(cookie);
    request.method = method;
    EXPECT_EQ(StatusOf(request), 405) << method;
  }
  HttpRequest head = WithCookie(cookie);
  head.method = "HEAD";
  EXPECT_EQ(StatusOf(head), 0);
}

TEST_F(DoorTest, KeepsSixteenBrowsersAndForgetsTheFirst) {
  const std::string first = Enter(tokens_.back());
  std::string newest;
  for (size_t i = 0; i < kMaxSessions - 1; ++i) newest = Enter(tokens_.back());
  EXPECT_EQ(StatusOf(WithCookie(first)), 0);
  newest = Enter(tokens_.back());
  EXPECT_EQ(StatusOf(WithCookie(first)), 403);
  EXPECT_EQ(StatusOf(WithCookie(newest)), 0);
}

TEST(HostedDoor, IsForCoordinatorsOfThisCoalitionByTheirCertificates) {
  ManualEnvironment environment;
  Door::Options options;
  options.scheme = "https";
  options.hosts = {"progress.example:443"};
  options.coordinator_prefix = "spiffe://coalition.example/coordinator/";
  options.environment = &environment;
  options.on_token = [](const std::string&) { ADD_FAILURE() << "a hosted page has no tokens"; };
  Door door(options);
  door.Open();
  HttpRequest request;
  request.method = "GET";
  request.path = "/";
  request.hosts = {"progress.example:443"};
  for (const char* uri : {"", "spiffe://coalition.example/member/market",
                          "spiffe://other.example/coordinator/alice"}) {
    request.client_uri = uri;
    const auto answer = door.Check(request);
    ASSERT_TRUE(answer) << uri;
    EXPECT_EQ(answer->status, 403);
  }
  request.client_uri = "spiffe://coalition.example/coordinator/alice";
  EXPECT_FALSE(door.Check(request));
}

TEST(RefusalPage, ShowsTextAsText) {
  EXPECT_THAT(RefusalPage(403, "<script>", "a & b").body,
              AllOf(HasSubstr("&lt;script&gt;"), HasSubstr("a &amp; b")));
}

}  // namespace
}  // namespace vervet::dashboard
