#include "hub/access/access_table.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "vervet/v1/audit.pb.h"
#include "vervet/v1/budgets.pb.h"
#include "vervet/v1/exchange.pb.h"
#include "vervet/v1/negative_list.pb.h"
#include "vervet/v1/progress.pb.h"
#include "vervet/v1/records.pb.h"
#include "vervet/v1/registry.pb.h"

namespace vervet::hub {
namespace {

// The one method that is not ours.
constexpr char kHealth[] = "/grpc.health.v1.Health/Check";

// Every method of every service in the protocol's files. A new file of services is added here.
std::set<std::string> MethodsOfTheProtocol() {
  std::set<std::string> methods;
  for (const auto* file :
       {v1::EvaluateRequest::descriptor()->file(), v1::AdmitRequest::descriptor()->file(),
        v1::GetHeadRequest::descriptor()->file(), v1::OpineRequest::descriptor()->file(),
        v1::GrantRequest::descriptor()->file(), v1::MarkHarmlessRequest::descriptor()->file(),
        v1::ContributeRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.insert(absl::StrCat("/", file->service(s)->full_name(), "/",
                                    file->service(s)->method(m)->name()));
      }
    }
  }
  return methods;
}

TEST(AccessTable, HasARowForEveryMethodAndNoOther) {
  std::set<std::string> rows;
  for (const AccessRow& row : AccessTable()) {
    EXPECT_TRUE(rows.insert(std::string(row.method)).second) << row.method << " has two rows";
  }
  std::set<std::string> expected = MethodsOfTheProtocol();
  EXPECT_EQ(expected.size(), 46u) << "the walk finds the services";
  expected.insert(kHealth);
  EXPECT_EQ(rows, expected);
}

TEST(AccessTable, NamesRolesThatMayCall) {
  for (const AccessRow& row : AccessTable()) {
    EXPECT_FALSE(row.roles.empty()) << row.method;
    const std::set<v1::Role> distinct(row.roles.begin(), row.roles.end());
    EXPECT_EQ(distinct.size(), row.roles.size()) << row.method;
    EXPECT_EQ(distinct.count(v1::HUB), 0u) << row.method << ": a hub is never a caller";
    EXPECT_EQ(distinct.count(v1::ROLE_UNSPECIFIED), 0u) << row.method;
  }
}

TEST(AccessTable, FindsARowByItsExactPathAlone) {
  ASSERT_NE(FindAccessRow("/vervet.v1.Exchange/Publish"), nullptr);
  EXPECT_EQ(FindAccessRow("/vervet.v1.Exchange/Publish")->method, "/vervet.v1.Exchange/Publish");
  for (const char* path : {"", "/", "Publish", "/vervet.v1.Exchange/publish",
                           "/vervet.v1.Exchange/Publish/", "/vervet.v1.Exchange/Publis",
                           "//vervet.v1.Exchange/Publish", "/grpc.health.v1.Health/Watch",
                           "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    EXPECT_EQ(FindAccessRow(path), nullptr) << path;
  }
}

}  // namespace
}  // namespace vervet::hub
