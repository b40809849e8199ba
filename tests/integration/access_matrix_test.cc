// Every method, called by every role with every kind of certificate, at the real hub: who gets in
// is who the table in docs/protocol.md lets in, and nothing comes of the other calls.
#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "core/net/identity.h"
#include "tests/integration/coalition_fixture.h"
#include "vervet/v1/audit.pb.h"
#include "vervet/v1/budgets.pb.h"
#include "vervet/v1/exchange.pb.h"
#include "vervet/v1/negative_list.pb.h"
#include "vervet/v1/progress.pb.h"
#include "vervet/v1/records.pb.h"
#include "vervet/v1/registry.pb.h"

namespace vervet::integration {
namespace {

using grpc::StatusCode;
using test_support::CertificateAuthority;
using test_support::ClientLeaf;
using test_support::LeafSpec;

constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
constexpr const char* kRoles[] = {"member", "coordinator", "auditor", "expert", "agency", "hub"};

// Every method of every service. A new file of services is added here, as in access_table_test.
std::vector<std::string> MethodsOfTheProtocol() {
  std::vector<std::string> methods;
  for (const auto* file :
       {v1::EvaluateRequest::descriptor()->file(), v1::AdmitRequest::descriptor()->file(),
        v1::GetHeadRequest::descriptor()->file(), v1::OpineRequest::descriptor()->file(),
        v1::GrantRequest::descriptor()->file(), v1::MarkHarmlessRequest::descriptor()->file(),
        v1::ContributeRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(absl::StrCat("/", file->service(s)->full_name(), "/",
                                       file->service(s)->method(m)->name()));
      }
    }
  }
  methods.push_back(kHealth);
  return methods;
}

// Methods that nobody may call, whatever their certificate.
const std::vector<std::string>& Nobodys() {
  static const auto* const methods = new std::vector<std::string>{
      "/vervet.v1.Exchange/Unheard", "/grpc.health.v1.Health/Watch",
      "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "/"};
  return *methods;
}

// Roles by method, read from the page's table: "| `Records/Erase`, `ShowRecord` | yes | yes | |
// ...".
using Table = std::map<std::string, std::set<std::string>>;
Table TableOfThePage() {
  const auto page = coalition::ReadFile(VERVET_SOURCE_DIR "/docs/protocol.md");
  EXPECT_TRUE(page.ok()) << page.status();
  Table table;
  std::vector<std::string> roles;
  for (const absl::string_view line : absl::StrSplit(page.value_or(""), '\n')) {
    std::vector<std::string> cells = absl::StrSplit(line, '|');
    for (std::string& cell : cells) cell = std::string(absl::StripAsciiWhitespace(cell));
    if (cells.size() < 3) {
      if (!table.empty()) break;
    } else if (cells[1] == "method") {
      roles.assign(cells.begin() + 2, cells.end() - 1);
    } else if (!roles.empty() && absl::StartsWith(cells[1], "`")) {
      std::string service;
      for (const absl::string_view quoted : absl::StrSplit(cells[1], ", ")) {
        std::string name(absl::StripPrefix(absl::StripSuffix(quoted, "`"), "`"));
        const size_t slash = name.rfind('/');
        if (slash != std::string::npos) {
          service = name.substr(0, slash);
          name = name.substr(slash + 1);
        }
        const std::string path = absl::StrCat(
            "/", absl::StartsWith(service, "grpc.") ? "" : "vervet.v1.", service, "/", name);
        for (size_t i = 0; i < roles.size(); ++i) {
          if (absl::StartsWith(cells[i + 2], "yes")) table[path].insert(roles[i]);
        }
      }
    }
  }
  return table;
}

// One connection, on which all methods are called at once, each with an empty message.
std::map<std::string, grpc::Status> CallAll(const std::string& address,
                                            const coalition::TlsPaths& tls,
                                            const std::vector<std::string>& methods) {
  const auto content = [](const std::string& path) {
    return path.empty() ? std::string() : coalition::ReadFile(path).value_or("");
  };
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = content(tls.ca);
  options.pem_cert_chain = content(tls.certificate);
  options.pem_private_key = content(tls.private_key);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments));

  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer response;
    grpc::Status status;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  };
  grpc::CompletionQueue queue;
  std::vector<Call> calls(methods.size());
  const grpc::Slice nothing;
  const grpc::ByteBuffer empty(&nothing, 1);
  for (size_t i = 0; i < methods.size(); ++i) {
    Call& call = calls[i];
    call.context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    call.reader = stub.PrepareUnaryCall(&call.context, methods[i], empty, &queue);
    call.reader->StartCall();
    call.reader->Finish(&call.response, &call.status, &call);
  }
  std::map<std::string, grpc::Status> answers;
  for (size_t i = 0; i < methods.size(); ++i) {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
    const auto* done = static_cast<Call*>(tag);
    answers[methods[static_cast<size_t>(done - calls.data())]] = done->status;
  }
  queue.Shutdown();
  return answers;
}

class AccessMatrix : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    CoalitionChoice choice;
    for (const char* role : kRoles) choice.revoked.push_back(absl::StrCat(role, "/admitted"));
    coalition_ = std::make_unique<TestCoalition>(choice);
    RawClient coordinator = coalition_->As("coordinator");
    for (const std::string role : kRoles) {
      if (role == "hub") continue;  // a hub is never a caller
      for (const char* name : {"admitted", "suspended"}) {
        v1::AdmitRequest request;
        request.set_request_id(NewRequestId());
        request.set_party(absl::StrCat(role, "/", name));
        request.set_display_name("Somebody");
        request.set_region("IE");
        ASSERT_TRUE(coordinator.Admit(request).ok());
      }
      ASSERT_TRUE(coordinator.Suspend(absl::StrCat(role, "/suspended"), "a test").ok());
    }
  }
  static void TearDownTestSuite() { coalition_.reset(); }

  void SetUp() override { size_before_ = coalition_->LogSize(); }
  void TearDown() override {
    EXPECT_EQ(coalition_->LogSize(), size_before_) << "something came of a call";
    std::printf("%d calls\n", calls_);
  }

  void CallAllAs(const std::string& who, const coalition::TlsPaths& tls) {
    std::vector<std::string> methods = MethodsOfTheProtocol();
    methods.insert(methods.end(), Nobodys().begin(), Nobodys().end());
    who_ = who;
    answers_ = CallAll(coalition_->hub().address(), tls, methods);
    calls_ += static_cast<int>(methods.size());
  }
  void ExpectAll(StatusCode code, const std::string& text) {
    for (const auto& [method, status] : answers_) Expect(method, code, text);
  }
  void Expect(const std::string& method, StatusCode code, const std::string& text) {
    const grpc::Status& status = answers_.at(method);
    EXPECT_EQ(status.error_code(), code)
        << who_ << " calls " << method << ": " << status.error_message();
    EXPECT_TRUE(absl::StrContains(status.error_message(), text))
        << who_ << " calls " << method << ": " << status.error_message();
  }
  coalition::TlsPaths Issue(const LeafSpec& spec) {
    return coalition_->Issue(spec, coalition_->authority());
  }
  // Refused whatever they call, with each role's name.
  template <typename Spoil>
  void ExpectRefused(StatusCode code, const std::string& text, const Spoil& spoil) {
    for (const char* role : kRoles) {
      LeafSpec spec = ClientLeaf(absl::StrCat(role, "/admitted"));
      CallAllAs(absl::StrCat(role, " with a bad certificate"), spoil(spec));
      ExpectAll(code, text);
    }
  }

  static std::unique_ptr<TestCoalition> coalition_;
  uint64_t size_before_ = 0;
  std::string who_;
  std::map<std::string, grpc::Status> answers_;
  int calls_ = 0;
};

std::unique_ptr<TestCoalition> AccessMatrix::coalition_;

TEST_F(AccessMatrix, ThePageNamesEveryMethodAndNoOther) {
  std::set<std::string> named, expected;
  for (const auto& [method, roles] : TableOfThePage()) named.insert(method);
  for (const std::string& method : MethodsOfTheProtocol()) expected.insert(method);
  EXPECT_EQ(named, expected);
}

TEST_F(AccessMatrix, LetsInWhomThePageLetsIn) {
  const Table table = TableOfThePage();
  for (const std::string role : kRoles) {
    CallAllAs(role, Issue(ClientLeaf(absl::StrCat(role, "/admitted"))));
    for (const auto& [method, roles] : table) {
      if (roles.count(role) == 0) {
        Expect(method, StatusCode::PERMISSION_DENIED, "role");
        continue;
      }
      // An empty message is a question without arguments, or lacks a field, or asks about a panel
      // where there is none; either way it came in.
      const StatusCode code = answers_.at(method).error_code();
      EXPECT_TRUE(code == StatusCode::OK || code == StatusCode::INVALID_ARGUMENT ||
                  code == StatusCode::NOT_FOUND)
          << role << " calls " << method << ": " << answers_.at(method).error_message();
    }
    for (const std::string& method : Nobodys()) Expect(method, StatusCode::UNIMPLEMENTED, "");
  }
}

TEST_F(AccessMatrix, RefusesWhoeverIsNotOnTheRoster) {
  const Table table = TableOfThePage();
  for (const auto& [name, word] :
       {std::make_pair("stranger", "not admitted"), std::make_pair("suspended", "suspended")}) {
    for (const std::string role : kRoles) {
      CallAllAs(absl::StrCat(role, "/", name), Issue(ClientLeaf(absl::StrCat(role, "/", name))));
      for (const auto& [method, roles] : table) {
        Expect(method, StatusCode::PERMISSION_DENIED, roles.count(role) == 0 ? "role" : word);
      }
    }
  }
}

TEST_F(AccessMatrix, RefusesCertificatesInTheHandshake) {
  CallAllAs("nobody", {"", "", (*coalition_)->tls_of("market").ca, ""});
  ExpectAll(StatusCode::UNAVAILABLE, "");
  CertificateAuthority other("another authority");
  ExpectRefused(StatusCode::UNAVAILABLE, "",
                [&](const LeafSpec& spec) { return coalition_->Issue(spec, other); });
  // Of the right name, but not by the right key.
  CertificateAuthority namesake("test authority");
  ExpectRefused(StatusCode::UNAVAILABLE, "",
                [&](const LeafSpec& spec) { return coalition_->Issue(spec, namesake); });
  ExpectRefused(StatusCode::UNAVAILABLE, "", [&](LeafSpec spec) {
    spec.not_before = absl::Now() - absl::Hours(48);
    spec.not_after = absl::Now() - absl::Hours(24);
    return Issue(spec);
  });
  ExpectRefused(StatusCode::UNAVAILABLE, "", [&](LeafSpec spec) {
    spec.not_before = absl::Now() + absl::Hours(24);
    spec.not_after = absl::Now() + absl::Hours(48);
    return Issue(spec);
  });
  ExpectRefused(StatusCode::UNAVAILABLE, "", [&](LeafSpec spec) {
    spec.extended_key_usage = "serverAuth";
    return Issue(spec);
  });
}

TEST_F(AccessMatrix, RefusesTheHubsOwnCertificate) {
  CallAllAs("the hub", (*coalition_)->tls_of("hub"));
  ExpectAll(StatusCode::UNAVAILABLE, "");
}

TEST_F(AccessMatrix, RefusesRevokedCertificates) {
  for (const char* role : kRoles) {
    CallAllAs(absl::StrCat(role, ", revoked"),
              coalition_->revoked(absl::StrCat(role, "/admitted")));
    ExpectAll(StatusCode::UNAVAILABLE, "");
  }
}

TEST_F(AccessMatrix, RefusesCertificatesWithoutOneIdentityOfThisCoalition) {
  const auto with_uris =
      [&](const std::function<std::vector<std::string>(const std::string&)>& make) {
        return [this, make](LeafSpec spec) {
          spec.uris = make(spec.uris[0]);
          if (spec.uris.empty()) spec.dns_names = {"market.example"};
          return Issue(spec);
        };
      };
  using Uris = std::vector<std::string>;
  const std::vector<std::function<Uris(const std::string&)>> spoilt = {
      [](const std::string&) { return Uris{}; },
      [](const std::string& uri) {
        return Uris{uri, uri + "-2"};
      },
      [](const std::string& uri) {
        return Uris{uri, "https://market.example/"};
      },
      [](const std::string& uri) {
        return Uris{uri, uri};
      },
      [](const std::string& uri) {
        return Uris{absl::StrCat("spiffe://another.test", uri.substr(uri.find('/', 9)))};
      },
      [](const std::string& uri) { return Uris{uri + "/more"}; },
      [](const std::string& uri) { return Uris{uri + "?x=1"}; },
      [](const std::string& uri) { return Uris{uri.substr(0, uri.rfind('/') + 1) + "Admitted"}; },
      [](const std::string& uri) { return Uris{uri.substr(0, uri.rfind('/') + 1) + "%61dmitted"}; },
      [](const std::string&) { return Uris{"spiffe://coalition.test/administrator/admitted"}; },
      [](const std::string&) { return Uris{"spiffe://coalition.test/Coordinator/admitted"}; },
      [](const std::string&) { return Uris{"spiffe://coalition.test//coordinator/admitted"}; },
  };
  for (const auto& spoil : spoilt) {
    ExpectRefused(StatusCode::UNAUTHENTICATED, "", with_uris(spoil));
  }
}

}  // namespace
}  // namespace vervet::integration
