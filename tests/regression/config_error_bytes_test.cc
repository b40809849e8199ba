// An error in a configuration file repeated the bytes of an unknown name as they stood there, a
// terminal's commands among them.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "hub/config/config.h"

namespace vervet::hub {
namespace {

TEST(ConfigErrorBytes, AreSafeToShow) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/config-bytes-", getpid());
  for (const std::string& text : {std::string("region: \x1b[2J"), std::string("\xff\xfe: 1"),
                                  std::string("region: \"\x9b\""), std::string("\x01")}) {
    std::ofstream(path) << text;
    const absl::Status status = LoadConfig(path).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    for (const char c : status.message()) {
      const auto byte = static_cast<unsigned char>(c);
      EXPECT_TRUE(byte >= 0x20 || c == '\n') << status;
    }
    EXPECT_EQ(status.message().find('\xff'), absl::string_view::npos) << status;
  }
  unlink(path.c_str());
}

}  // namespace
}  // namespace vervet::hub
