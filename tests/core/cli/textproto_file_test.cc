#include "core/cli/textproto_file.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace vervet::cli {
namespace {

using ::testing::HasSubstr;

// FileDescriptorProto stands for any configuration message: the loader knows descriptors only.
using Config = google::protobuf::FileDescriptorProto;

class TextprotoFileTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& text) {
    std::ofstream(path_) << text;
    return path_;
  }
  ~TextprotoFileTest() override { std::remove(path_.c_str()); }
  std::string path_ = ::testing::TempDir() + "textproto_file_test.textproto";
};

TEST_F(TextprotoFileTest, LoadsAMessage) {
  Config config;
  const auto file =
      TextprotoFile::Load(Write("name: \"x\"  # why\noptions { java_package: \"y\" }\n"), &config);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(config.options().java_package(), "y");
}

TEST_F(TextprotoFileTest, NamesLineColumnAndTheNearestField) {
  Config config;
  const auto file = TextprotoFile::Load(Write("name: \"x\"\n  pakcage: \"y\"\n"), &config);
  EXPECT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(file.status().message()), HasSubstr(path_ + ":2:10: "));
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("did you mean package?"));
}

TEST_F(TextprotoFileTest, PointsAtAFieldThatALaterCheckRefuses) {
  Config config;
  const auto file =
      TextprotoFile::Load(Write("name: \"x\"\noptions {\n  java_package: \"y\"\n}\n"), &config);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->Error("options.java_package", "is wrong").message(),
            path_ + ":3:3: options.java_package: is wrong");
  EXPECT_EQ(file->Error("options.go_package", "is missing").message(),
            path_ + ":2:1: options.go_package: is missing");
  EXPECT_EQ(file->Error("package", "is missing").message(), path_ + ": package: is missing");
}

TEST_F(TextprotoFileTest, ResolvesPathsFromItsOwnFolder) {
  Config config;
  const auto file = TextprotoFile::Load(Write(""), &config);
  ASSERT_TRUE(file.ok());
  const std::string folder = path_.substr(0, path_.rfind('/') + 1);
  EXPECT_EQ(file->Resolve("keys/a.pem"), folder + "keys/a.pem");
  EXPECT_EQ(file->Resolve("/etc/a.pem"), "/etc/a.pem");
  EXPECT_EQ(file->Resolve(""), "");
}

TEST_F(TextprotoFileTest, SaysWhyAFileCannotBeRead) {
  Config config;
  EXPECT_EQ(TextprotoFile::Load(path_ + ".none", &config).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(TextprotoFile::Load(::testing::TempDir(), &config).status().message()),
              HasSubstr("Is a directory"));
}

}  // namespace
}  // namespace vervet::cli
