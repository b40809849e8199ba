// images harmless, against a hub that answers what a test tells it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/hub/cli/cli_fixture.h"
#include "vervet/v1/negative_list.grpc.pb.h"

namespace vervet::coordinator_cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kHash[] = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";

class FakeNegativeList final : public v1::NegativeList::Service {
 public:
  grpc::Status MarkHarmless(grpc::ServerContext*, const v1::MarkHarmlessRequest* request,
                            v1::MarkHarmlessResponse* response) override {
    marks.push_back(*request);
    response->set_sequence(4'711);
    response->set_in_force(in_force);
    return refusal;
  }
  grpc::Status ClearHarmless(grpc::ServerContext*, const v1::ClearHarmlessRequest* request,
                             v1::ClearHarmlessResponse* response) override {
    clearances.push_back(*request);
    response->set_sequence(4'712);
    return refusal;
  }
  grpc::Status ListHarmless(grpc::ServerContext*, const v1::ListHarmlessRequest* request,
                            v1::ListHarmlessResponse* response) override {
    lists.push_back(*request);
    // In pages of two.
    for (const v1::HarmlessImage& image : images) {
      if (image.hash() <= request->after_hash()) continue;
      if (response->images_size() == 2) {
        response->set_more(true);
        break;
      }
      *response->add_images() = image;
    }
    return refusal;
  }

  bool in_force = false;
  std::vector<v1::HarmlessImage> images;
  std::vector<v1::MarkHarmlessRequest> marks;
  std::vector<v1::ClearHarmlessRequest> clearances;
  std::vector<v1::ListHarmlessRequest> lists;
  grpc::Status refusal = grpc::Status::OK;
};

class ImagesCommandsTest : public CliTest {
 protected:
  ImagesCommandsTest() { Serve({&list_}); }

  void FillList() {
    for (const char first : {'\x01', '\x02', '\x03'}) {
      v1::HarmlessImage& image = list_.images.emplace_back();
      image.set_hash(first + std::string(31, '\xab'));
      v1::HarmlessMark& mark = *image.add_marks();
      mark.set_party("expert/ada");
      mark.set_radius(8);
      mark.set_description("an elephant\033[2J");
      mark.set_marked_us(int64_t{1'790'000'000} * 1'000'000);
    }
    list_.images[1].set_in_force(true);
    list_.images[1].set_radius(12);
    v1::HarmlessMark& second = *list_.images[1].add_marks();
    second.set_party("expert/ben");
    second.set_radius(12);
    second.set_description("a stock photograph");
    second.set_marked_us(int64_t{1'790'000'060} * 1'000'000);
  }

  FakeNegativeList list_;
};

TEST_F(ImagesCommandsTest, MarksAndSaysWhetherItIsInForce) {
  const std::vector<std::string> mark = {"images", "harmless",      "mark",       "--hash",
                                         kHash,    "--description", "an elephant"};
  EXPECT_EQ(Run(mark), 0) << err_;
  EXPECT_EQ(out_, absl::StrCat("marked  ", kHash,
                               ", event 4,711; not in force: that takes two experts' marks\n"));
  list_.in_force = true;
  EXPECT_EQ(Run(mark), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("event 4,711; in force: it matches nowhere\n"));
  ASSERT_THAT(list_.marks, SizeIs(2));
  EXPECT_EQ(absl::BytesToHexString(list_.marks[0].hash()), kHash);
  EXPECT_EQ(list_.marks[0].radius(), 16u) << "the default";
  EXPECT_EQ(list_.marks[0].description(), "an elephant");
  EXPECT_EQ(list_.marks[0].request_id().size(), 16u);
  EXPECT_NE(list_.marks[0].request_id(), list_.marks[1].request_id());
  EXPECT_EQ(Run({"images", "harmless", "mark", "--hash", kHash, "--description", "x", "--radius",
                 "31", "--json"}),
            0)
      << err_;
  EXPECT_EQ(list_.marks[2].radius(), 31u);
  EXPECT_THAT(out_, HasSubstr("\"in_force\": true"));
}

TEST_F(ImagesCommandsTest, ClearsWithAReason) {
  EXPECT_EQ(Run({"images", "harmless", "clear", "--hash", kHash, "--reason", "one trader's"}), 0)
      << err_;
  EXPECT_THAT(out_, HasSubstr("cleared  "));
  ASSERT_THAT(list_.clearances, SizeIs(1));
  EXPECT_EQ(list_.clearances[0].reason(), "one trader's");
}

TEST_F(ImagesCommandsTest, RefusesWrongArgumentsBeforeItAsksTheHub) {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"mark", "--hash", "f8f8", "--description", "x"},
           {"mark", "--hash", std::string(64, 'g'), "--description", "x"},
           {"mark", "--hash", kHash},
           {"mark", "--hash", kHash, "--description", ""},
           {"mark", "--hash", kHash, "--description", std::string(513, 'x')},
           {"mark", "--hash", kHash, "--description", "x", "--radius", "32"},
           {"clear", "--hash", kHash},
           {"clear", "--hash", "f8f8", "--reason", "x"},
           {"list", "--limit", "0"}}) {
    std::vector<std::string> all = {"images", "harmless"};
    all.insert(all.end(), args.begin(), args.end());
    EXPECT_EQ(Run(all), 2) << args[0] << " " << out_;
    EXPECT_THAT(err_, Not(IsEmpty()));
  }
  EXPECT_THAT(list_.marks, IsEmpty());
  EXPECT_THAT(list_.clearances, IsEmpty());
  EXPECT_EQ(Run({"images", "harmless"}), 2);
  EXPECT_THAT(err_, HasSubstr("images harmless mark"));
}

TEST_F(ImagesCommandsTest, ListsPageByPageAndSaysWhatIsInForce) {
  EXPECT_EQ(Run({"images", "harmless", "list"}), 0) << err_;
  EXPECT_EQ(out_, "no picture is marked harmless\n");
  FillList();
  EXPECT_EQ(Run({"images", "harmless", "list"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(absl::StrCat("01", absl::BytesToHexString(std::string(31, '\xab')),
                                           "  one mark       -  expert/ada 2026-09-21 14:13 UTC")));
  EXPECT_THAT(out_, HasSubstr("in force      12  expert/ada 2026-09-21 14:13 UTC, expert/ben "
                              "2026-09-21 14:14 UTC  a stock photograph\n"));
  EXPECT_THAT(out_, Not(HasSubstr("\033")));
  EXPECT_THAT(list_.lists, SizeIs(3));
  EXPECT_EQ(list_.lists[2].after_hash(), list_.images[1].hash());
  EXPECT_EQ(Run({"images", "harmless", "list", "--limit", "1", "--json"}), 0) << err_;
  EXPECT_EQ(list_.lists[3].limit(), 1u);
  EXPECT_THAT(out_, HasSubstr("\"more\": true"));
  EXPECT_THAT(out_, HasSubstr("\"marked\": \"2026-09-21T14:13:20.000Z\""));
}

TEST_F(ImagesCommandsTest, PassesTheHubsRefusalOn) {
  list_.refusal = grpc::Status(grpc::StatusCode::NOT_FOUND, "hash: the caller has no mark");
  EXPECT_EQ(Run({"images", "harmless", "clear", "--hash", kHash, "--reason", "x"}), 1);
  EXPECT_THAT(err_, HasSubstr("hash: the caller has no mark"));
}

}  // namespace
}  // namespace vervet::coordinator_cli
