// The dashboard over real HTTP, before a hub that the test plays.
#include "hub/dashboard/dashboard.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/mutex.h"
#include "hub/dashboard/assets.h"
#include "tests/support/test_certificates.h"
#include "vervet/v1/progress.grpc.pb.h"

namespace vervet::dashboard {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class FakeProgress final : public v1::Progress::Service {
 public:
  grpc::Status GetReduction(grpc::ServerContext*, const v1::GetReductionRequest* request,
                            v1::GetReductionResponse* response) override {
    if (request->panel() == "unknown") {
      return grpc::Status(grpc::StatusCode::NOT_FOUND, "panel: there is no such \"panel\"");
    }
    response->set_target(0.8);
    response->mutable_basis()->set_position(position);
    response->mutable_basis()->set_panel(request->panel());
    *response->mutable_basis()->mutable_period() = request->period();
    v1::ReductionFigure& figure = *response->add_figures();
    figure.set_verdict(v1::VERDICT_CANNOT_TELL);
    figure.mutable_reduction()->set_point(0.75);
    return grpc::Status::OK;
  }
  grpc::Status GetSeries(grpc::ServerContext*, const v1::GetSeriesRequest*,
                         v1::GetSeriesResponse* response) override {
    v1::Series& series = *response->add_series();
    series.add_points();                // no value
    series.add_points()->set_value(0);  // a value of zero
    return grpc::Status::OK;
  }
  grpc::Status GetCoverage(grpc::ServerContext*, const v1::GetCoverageRequest*,
                           v1::GetCoverageResponse*) override {
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "not for auditors");
  }

  std::atomic<uint64_t> position = 41;
};

class DashboardTest : public ::testing::Test {
 protected:
  DashboardTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&progress_);
    hub_ = builder.BuildAndStart();
    channel_ =
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
    auto dashboard = Dashboard::Start(TheOptions(), channel_);
    if (!dashboard.ok()) {
      ADD_FAILURE() << dashboard.status();
      std::abort();
    }
    dashboard_ = *std::move(dashboard);
  }
  ~DashboardTest() override {
    dashboard_.reset();
    hub_->Shutdown();
  }

  Dashboard::Options TheOptions() {
    Dashboard::Options options;
    options.identity = {"coalition.test", v1::COORDINATOR, "alice"};
    options.hub_target = "hub.test:7443";
    options.environment = Environment::System();
    options.on_address = [this](const std::string& url) {
      MutexLock lock(mutex_);
      addresses_.push_back(url);
    };
    return options;
  }
  std::string Address() {
    MutexLock lock(mutex_);
    return addresses_.back();
  }
  httplib::Client Client() { return httplib::Client("127.0.0.1", dashboard_->port()); }
  // The headers of a browser that was let in.
  httplib::Headers Entered() {
    const std::string url = Address();
    auto client = Client();
    const auto answer = client.Get(url.substr(url.find("/?")).c_str());
    if (!answer || answer->status != 303) {
      ADD_FAILURE() << "the printed address does not open";
      return {};
    }
    const std::string cookie = answer->get_header_value("Set-Cookie");
    return {{"Cookie", cookie.substr(0, cookie.find(';'))}};
  }
  httplib::Result Ask(const std::string& path, httplib::Headers more = {}) {
    httplib::Headers headers = Entered();
    headers.insert(more.begin(), more.end());
    return Client().Get(path.c_str(), headers);
  }

  FakeProgress progress_;
  std::unique_ptr<grpc::Server> hub_;
  std::shared_ptr<grpc::Channel> channel_;
  Mutex mutex_;
  std::vector<std::string> addresses_;
  std::unique_ptr<Dashboard> dashboard_;
};

TEST_F(DashboardTest, PrintsAnAddressOnLoopbackThatOpensThePage) {
  EXPECT_THAT(Address(),
              StartsWith(absl::StrCat("http://127.0.0.1:", dashboard_->port(), "/?token=")));
  const auto page = Ask("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_THAT(page->get_header_value("Content-Type"), HasSubstr("text/html"));
  EXPECT_THAT(page->body, HasSubstr("Vervet"));
}

TEST_F(DashboardTest, LetsNobodyInWithoutTheAddress) {
  for (const char* path : {"/", "/page.js", "/api/reduction", "/api/session", "/?token=0000"}) {
    const auto answer = Client().Get(path);
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 403) << path;
  }
}

TEST_F(DashboardTest, AnswersInTheJsonOfTheContract) {
  // {"panel":"founders","period":{"begin":1,"end":32}}
  const auto answer =
      Ask("/api/"
          "reduction?q=%7B%22panel%22%3A%22founders%22%2C%22period%22%3A%7B%22begin%22%3A1%2C%"
          "22end%22%3A32%7D%7D");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->get_header_value("Content-Type"), HasSubstr("application/json"));
  EXPECT_THAT(answer->body,
              AllOf(HasSubstr("\"position\":\"41\""), HasSubstr("\"panel\":\"founders\""),
                    HasSubstr("\"end\":32"), HasSubstr("\"point\":0.75"),
                    HasSubstr("\"verdict\":\"VERDICT_CANNOT_TELL\""), HasSubstr("\"notes\":[]")));
}

TEST_F(DashboardTest, TellsNoValueFromAValueOfZero) {
  const auto answer = Ask("/api/series");
  ASSERT_TRUE(answer);
  const size_t first = answer->body.find("\"value\"");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(answer->body.find("\"value\"", first + 1), std::string::npos) << answer->body;
}

TEST_F(DashboardTest, AnUnchangedAnswerIs304AndAChangedOneIsNot) {
  const auto first = Ask("/api/reduction");
  const std::string tag = first->get_header_value("ETag");
  ASSERT_FALSE(tag.empty());
  const auto second = Ask("/api/reduction", {{"If-None-Match", tag}});
  EXPECT_EQ(second->status, 304);
  EXPECT_TRUE(second->body.empty());
  progress_.position = 42;
  const auto third = Ask("/api/reduction", {{"If-None-Match", tag}});
  EXPECT_EQ(third->status, 200);
  EXPECT_NE(third->get_header_value("ETag"), tag);
}

TEST_F(DashboardTest, SaysWhatTheHubRefuses) {
  const auto missing = Ask("/api/reduction?q=%7B%22panel%22%3A%22unknown%22%7D");
  EXPECT_EQ(missing->status, 404);
  EXPECT_THAT(missing->body, AllOf(HasSubstr("\"NOT_FOUND\""), HasSubstr("\\\"panel\\\"")));
  EXPECT_EQ(Ask("/api/coverage")->status, 403);
  EXPECT_EQ(Ask("/api/displacement")->status, 501);  // an older hub
}

TEST_F(DashboardTest, RefusesAQuestionThatIsNoJsonOfTheRequest) {
  for (const char* q : {"%7B", "%5B%5D", "%7B%22no_such_field%22%3A1%7D"}) {
    const auto answer = Ask(absl::StrCat("/api/reduction?q=", q));
    EXPECT_EQ(answer->status, 400) << q;
    EXPECT_THAT(answer->body, HasSubstr("GetReductionRequest"));
  }
}

TEST_F(DashboardTest, HasNoWayToAMethodThatChangesAnything) {
  for (const char* name : {"contribute", "Contribute", "define", "release", "create_panel", "grant",
                           "vervet.v1.Progress/Release", ""}) {
    EXPECT_EQ(Ask(absl::StrCat("/api/", name))->status, 404) << name;
  }
}

TEST_F(DashboardTest, SaysThatTheHubIsAway) {
  const httplib::Headers headers = Entered();
  hub_->Shutdown();
  const auto answer = Client().Get("/api/reduction", headers);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_THAT(answer->body, HasSubstr("\"UNAVAILABLE\""));
  // The page itself does not need the hub.
  EXPECT_EQ(Client().Get("/", headers)->status, 200);
}

TEST_F(DashboardTest, ServesNothingOutsideTheAssets) {
  for (const char* path : {"/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
                           "/..%2f..%2fetc%2fpasswd", "//etc/passwd", "/index.html/",
                           "/index.html%00.js", "/src/main.ts", "/.npmrc", "/api/../x"}) {
    const auto answer = Ask(path);
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 404) << path;
    EXPECT_THAT(answer->body, Not(HasSubstr("root:"))) << path;
  }
}

TEST_F(DashboardTest, EveryAnswerCarriesAStrictPolicy) {
  std::vector<httplib::Result> answers;
  answers.push_back(Client().Get("/"));  // refused
  for (const char* path : {"/", "/api/session", "/api/nothing", "/nothing"})
    answers.push_back(Ask(path));
  for (const httplib::Result& answer : answers) {
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->get_header_value("Content-Security-Policy"),
                AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"),
                      Not(HasSubstr("unsafe")), Not(HasSubstr("http"))));
    EXPECT_EQ(answer->get_header_value("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer->get_header_value("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer->get_header_value_count("Content-Security-Policy"), 1u);
  }
  EXPECT_EQ(Ask("/api/session")->get_header_value("Cache-Control"), "no-store");
}

TEST_F(DashboardTest, RefusesForeignNamesAndOriginsOverTheWire) {
  httplib::Headers headers = Entered();
  headers.emplace("Host", "attacker.example");
  EXPECT_EQ(Client().Get("/", headers)->status, 403);
  EXPECT_EQ(Ask("/api/session", {{"Origin", "http://attacker.example"}})->status, 403);
}

TEST_F(DashboardTest, TakesNoPost) {
  auto client = Client();
  const auto answer = client.Post("/api/reduction", Entered(), "{}", "application/json");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 405);
  EXPECT_EQ(answer->get_header_value("Allow"), "GET, HEAD");
}

TEST_F(DashboardTest, SaysWhoItIsFor) {
  EXPECT_THAT(Ask("/api/session")->body,
              AllOf(HasSubstr("\"role\":\"coordinator\""), HasSubstr("\"name\":\"alice\""),
                    HasSubstr("\"coalition\":\"coalition.test\"")));
}

TEST_F(DashboardTest, AnswersManyBrowsersAtATime) {
  const httplib::Headers headers = Entered();
  std::atomic<int> right = 0;
  std::vector<std::thread> browsers;
  for (int i = 0; i < 12; ++i) {
    browsers.emplace_back([&] {
      auto client = Client();
      client.set_keep_alive(true);
      for (int n = 0; n < 20; ++n) {
        const auto answer = client.Get("/api/reduction", headers);
        if (answer && answer->status == 200) ++right;
      }
    });
  }
  for (std::thread& browser : browsers) browser.join();
  EXPECT_EQ(right, 240);
}

TEST_F(DashboardTest, KeepsItsPortToItself) {
  Dashboard::Options options = TheOptions();
  options.port = dashboard_->port();
  const auto second = Dashboard::Start(options, channel_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("--port"));
}

TEST_F(DashboardTest, StaysOnThisMachineWithoutHttps) {
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "example.org"}) {
    Dashboard::Options options = TheOptions();
    options.listen_host = host;
    const auto refused = Dashboard::Start(options, channel_);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << host;
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("HTTPS"));
  }
}

TEST_F(DashboardTest, HostedItAsksForACoordinatorsCertificate) {
  test_support::TempDir dir;
  test_support::CertificateAuthority authority;
  test_support::CertificateAuthority stranger("another authority");
  const net::TlsFiles server = authority.Issue(test_support::HubLeaf("page"), dir.path(), "page");
  const net::TlsFiles alice =
      authority.Issue(test_support::ClientLeaf("coordinator/alice"), dir.path(), "alice");
  const net::TlsFiles member =
      authority.Issue(test_support::ClientLeaf("member/market"), dir.path(), "member");
  const net::TlsFiles forged =
      stranger.Issue(test_support::ClientLeaf("coordinator/alice"), dir.path(), "forged");
  auto files = std::make_shared<HttpsFiles>();
  files->certificate_path = server.certificate_path;
  files->private_key_path = server.private_key_path;
  files->client_ca_path = server.ca_path;
  Dashboard::Options options = TheOptions();
  options.https = files;
  options.public_host = "localhost";
  auto hosted = Dashboard::Start(options, channel_);
  ASSERT_TRUE(hosted.ok()) << hosted.status();
  EXPECT_EQ(Address(), absl::StrCat("https://localhost:", (*hosted)->port(), "/"));

  auto ask = [&](const net::TlsFiles& who) {
    httplib::SSLClient client("localhost", (*hosted)->port(), who.certificate_path,
                              who.private_key_path);
    client.set_ca_cert_path(server.ca_path.c_str());
    const auto answer = client.Get("/api/reduction");
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(ask(alice), 200);
  EXPECT_EQ(ask(member), 403);
  EXPECT_EQ(ask(forged), 0);  // no connection
  httplib::SSLClient nobody("localhost", (*hosted)->port());
  nobody.set_ca_cert_path(server.ca_path.c_str());
  EXPECT_FALSE(nobody.Get("/"));
}

TEST(Assets, BeginWithAPageAndStayUnderAHundredAndFiftyKilobytesCompressed) {
  ASSERT_FALSE(Assets().empty());
  EXPECT_EQ(Assets().front().path, "/index.html");
  EXPECT_EQ(FindAsset("/"), &Assets().front());
  size_t bytes = 0;
  for (const Asset& asset : Assets()) {
    bytes += asset.gzipped.empty() ? asset.bytes.size() : asset.gzipped.size();
  }
  EXPECT_LT(bytes, 150'000u);
  EXPECT_GT(bytes, 200u);
#ifdef VERVET_PAGE_IS_BUILT
  EXPECT_NE(FindAsset("/page.js"), nullptr);
  EXPECT_NE(FindAsset("/style.css"), nullptr);
#endif
}

TEST(Assets, LoadNothingFromElsewhere) {
  for (const Asset& asset : Assets()) {
    if (asset.path == "/licences.txt") continue;
    // Names of XML's name spaces are no addresses.
    std::string text(asset.bytes);
    for (size_t at = 0; (at = text.find("://", at)) != std::string::npos; at += 3) {
      EXPECT_EQ(text.substr(at, 13), "://www.w3.org") << asset.path;
    }
  }
}

}  // namespace
}  // namespace vervet::dashboard
