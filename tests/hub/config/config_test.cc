#include "hub/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// The line numbers below are those of this text.
constexpr char kGood[] = R"(coalition: "coalition.example"
listen_address: "127.0.0.1:7443"
region: "IE"
tls {
  certificate_path: "hub.pem"
  private_key_path: "hub.key"
  ca_path: "ca.pem"
}
store_path: "log"
store_key_path: "log.key"
keyring_path: "keyring"
keyring_key_path: "keyring.key"
coordinators { name: "anna" display_name: "Anna" region: "IE" }
)";

class ConfigTest : public ::testing::Test {
 protected:
  absl::StatusOr<Config> Load(const std::string& text) {
    storage::WriteAll(path_, text);
    return LoadConfig(path_);
  }
  // kGood with one piece replaced.
  absl::StatusOr<Config> With(const std::string& piece, const std::string& by) {
    const std::string text = absl::StrReplaceAll(kGood, {{piece, by}});
    EXPECT_NE(text, kGood) << piece;
    return Load(text);
  }
  absl::StatusOr<Config> Plus(const std::string& line) { return Load(kGood + line + "\n"); }

  const storage::TempFolder folder_;
  const std::string path_ = folder_.File("hub.textproto");
};

TEST_F(ConfigTest, ReadsWhatIsGivenAndFillsInTheRest) {
  const auto config = Load(kGood);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->coalition, "coalition.example");
  EXPECT_EQ(config->listen_address, "127.0.0.1:7443");
  EXPECT_EQ(config->listen_host, "127.0.0.1");
  EXPECT_EQ(config->listen_port, 7443);
  EXPECT_EQ(config->region, "IE");
  EXPECT_EQ(config->certificate_path, folder_.File("hub.pem"));
  EXPECT_EQ(config->private_key_path, folder_.File("hub.key"));
  EXPECT_EQ(config->ca_path, folder_.File("ca.pem"));
  EXPECT_EQ(config->crl_dir, "");
  EXPECT_EQ(config->store_path, folder_.File("log"));
  EXPECT_EQ(config->store_key_path, folder_.File("log.key"));
  EXPECT_EQ(config->keyring_path, folder_.File("keyring"));
  EXPECT_EQ(config->keyring_key_path, folder_.File("keyring.key"));
  ASSERT_EQ(config->coordinators.size(), 1u);
  EXPECT_EQ(config->coordinators[0].party, "coordinator/anna");
  EXPECT_EQ(config->coordinators[0].display_name, "Anna");
  EXPECT_EQ(config->coordinators[0].region, "IE");
  EXPECT_EQ(config->append_queue, 4'096u);
  EXPECT_EQ(config->work_queue, 256u);
  EXPECT_EQ(config->work_threads, std::max(1u, std::thread::hardware_concurrency()));
  EXPECT_EQ(config->sync_streams, 1'024u);
  EXPECT_EQ(config->watchdog_interval, absl::Seconds(10));
  EXPECT_EQ(config->watchdog_failures, 3);
}

TEST_F(ConfigTest, LetsEveryTypeLiveAsLongAsItsDefault) {
  const auto config = Load(kGood);
  ASSERT_TRUE(config.ok());
  ASSERT_EQ(config->types.size(), 8u);
  for (int number = v1::SignatureType_MIN; number <= v1::SignatureType_MAX; ++number) {
    if (!v1::SignatureType_IsValid(number) || number == v1::SIGNATURE_TYPE_UNSPECIFIED) continue;
    const auto& policy = config->types.at(static_cast<v1::SignatureType>(number));
    EXPECT_GT(policy.maximum_life, absl::ZeroDuration());
    EXPECT_THAT(policy.rules_versions, ElementsAre(1));
  }
  const std::pair<v1::SignatureType, int> days[] = {{v1::PHONE, 180},
                                                    {v1::EMAIL, 730},
                                                    {v1::EMAIL_ALIAS, 730},
                                                    {v1::PAYMENT_ACCOUNT, 730},
                                                    {v1::CRYPTO_WALLET, 1'095},
                                                    {v1::PLATFORM_ACCOUNT, 1'095},
                                                    {v1::URL, 365},
                                                    {v1::IMAGE_PDQ, 730}};
  for (const auto& [type, life] : days) {
    EXPECT_EQ(config->types.at(type).maximum_life, absl::Hours(24) * life)
        << v1::SignatureType_Name(type);
  }
}

TEST_F(ConfigTest, GivesPublishersAndMembersTimeWhereNothingElseIsSaid) {
  const auto config = Load(kGood);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->remedy.dispute_share_percent, 20);
  EXPECT_EQ(config->remedy.answer_deadline, absl::Hours(24) * 7);
  EXPECT_EQ(config->remedy.subject_answer_deadline, absl::Hours(24) * 30);
  EXPECT_EQ(config->remedy.remedy_deadline, absl::Hours(24) * 7);
  EXPECT_EQ(config->sighting_count_interval, absl::Hours(1));
}

TEST_F(ConfigTest, TakesOneDayOnePercentAndOneSecond) {
  const auto config = Plus(
      "remedy { dispute_share_percent: 1 answer_deadline_days: 1 subject_answer_deadline_days: 1 "
      "remedy_deadline_days: 1 sighting_count_interval_s: 1 }");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->remedy.dispute_share_percent, 1);
  EXPECT_EQ(config->remedy.answer_deadline, absl::Hours(24));
  EXPECT_EQ(config->remedy.subject_answer_deadline, absl::Hours(24));
  EXPECT_EQ(config->remedy.remedy_deadline, absl::Hours(24));
  EXPECT_EQ(config->sighting_count_interval, absl::Seconds(1));
}

TEST_F(ConfigTest, BoundsEvaluationsWhereNothingElseIsSaid) {
  const auto config = Load(kGood);
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->budgets.Of(v1::PHONE).daily, 200'000u);
  EXPECT_EQ(config->budgets.Of(v1::PHONE).total, 50'000'000u);
  EXPECT_EQ(config->budgets.few_own_users_evaluations, 10'000u);
  EXPECT_EQ(config->budgets.few_own_users_percent, 50u);
  EXPECT_EQ(config->budgets.longest_alert_delay, absl::Minutes(10));
}

TEST_F(ConfigTest, TakesBudgetsOfEachType) {
  const auto config = Plus(
      "budgets { daily: 1000000000 types { type: \"PHONE\" daily: 5 } types { type: \"EMAIL\" "
      "total: 1000000000000 } few_own_users_evaluations: 7 few_own_users_percent: 100 "
      "alert_delay_s: 3600 }");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->budgets.Of(v1::PHONE).daily, 5u);
  EXPECT_EQ(config->budgets.Of(v1::PHONE).total, 50'000'000u);
  EXPECT_EQ(config->budgets.Of(v1::EMAIL).daily, 1'000'000'000u);
  EXPECT_EQ(config->budgets.Of(v1::EMAIL).total, 1'000'000'000'000u);
  EXPECT_EQ(config->budgets.Of(v1::URL).daily, 1'000'000'000u);
  EXPECT_EQ(config->budgets.few_own_users_evaluations, 7u);
  EXPECT_EQ(config->budgets.few_own_users_percent, 100u);
  EXPECT_EQ(config->budgets.longest_alert_delay, absl::Hours(1));
  EXPECT_FALSE(Plus("budgets { types { type: \"URL\" } types { type: \"URL\" } }").ok());
}

TEST_F(ConfigTest, TakesPolicies) {
  const auto config = Plus(
      "types { type: \"PHONE\" maximum_life_days: 30 rules_versions: [1, 2] }\n"
      "types { type: \"URL\" }");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->types.at(v1::PHONE).maximum_life, absl::Hours(24) * 30);
  EXPECT_THAT(config->types.at(v1::PHONE).rules_versions, ElementsAre(1, 2));
  EXPECT_EQ(config->types.at(v1::URL).maximum_life, absl::Hours(24) * 365);
  EXPECT_THAT(config->types.at(v1::URL).rules_versions, ElementsAre(1));
}

TEST_F(ConfigTest, TakesAbsolutePathsAsTheyStand) {
  const auto config = With("\"log\"", "\"/var/lib/vervet/log\"");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->store_path, "/var/lib/vervet/log");
  const auto with_crl = With("ca_path: \"ca.pem\"", "ca_path: \"ca.pem\" crl_dir: \"crl\"");
  ASSERT_TRUE(with_crl.ok());
  EXPECT_EQ(with_crl->crl_dir, folder_.File("crl"));
}

TEST_F(ConfigTest, TakesACommandForAKeyFile) {
  const auto config = With("store_key_path: \"log.key\"",
                           "store_key_command: [\"/bin/give\", \"a key\"] certificate_check_s: 5");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(config->store_key_command, ElementsAre("/bin/give", "a key"));
  EXPECT_EQ(config->store_key_path, "");
  EXPECT_TRUE(config->keyring_key_command.empty());
  EXPECT_EQ(config->certificate_check, absl::Seconds(5));
}

TEST_F(ConfigTest, RefusesTwoSourcesOfOneKeyAndOneCommandForTwoKeys) {
  EXPECT_THAT(Plus("store_key_command: \"/bin/give\"").status(),
              FailsWith(kInvalid, ":14:1: store_key_command: stands beside store_key_path"));
  EXPECT_THAT(Plus("keyring_key_command: \"/bin/give\"").status(),
              FailsWith(kInvalid, ":14:1: keyring_key_command: stands beside keyring_key_path"));
  EXPECT_THAT(With("store_key_path: \"log.key\"", "store_key_command: \"give\"").status(),
              FailsWith(kInvalid, ":10:1: store_key_command: must begin with"));
  std::string text = absl::StrReplaceAll(
      kGood,
      {{"store_key_path: \"log.key\"", "store_key_command: [\"/bin/give\", \"one\"]"},
       {"keyring_key_path: \"keyring.key\"", "keyring_key_command: [\"/bin/give\", \"one\"]"}});
  EXPECT_THAT(Load(text).status(),
              FailsWith(kInvalid, ":12:1: keyring_key_command: must be another command"));
  text = absl::StrReplaceAll(
      kGood,
      {{"store_key_path: \"log.key\"", "store_key_command: [\"/bin/give\", \"one\"]"},
       {"keyring_key_path: \"keyring.key\"", "keyring_key_command: [\"/bin/give\", \"two\"]"}});
  EXPECT_TRUE(Load(text).ok()) << Load(text).status();
  EXPECT_THAT(Plus("certificate_check_s: 3601").status(),
              FailsWith(kInvalid, "certificate_check_s: at most 3600"));
}

struct Wrong {
  const char* what;
  std::string piece, by;  // replaced in kGood; an empty piece appends a line, which is line 14
  std::string place;      // "line:column: field: "
  const char* remedy;
};

TEST_F(ConfigTest, RefusesEachFieldAtItsLine) {
  const std::string coordinator =
      R"(coordinators { name: "anna" display_name: "Anna" region: "IE" })";
  const std::vector<Wrong> cases = {
      {"no coalition", "coalition: \"coalition.example\"", "", ": coalition: ", "empty"},
      {"a coalition in upper case", "coalition.example", "Coalition.example",
       ":1:1: coalition: ", "lower case"},
      {"a coalition with a port", "coalition.example", "coalition.example:1",
       ":1:1: coalition: ", "bare name"},
      {"no address", "listen_address: \"127.0.0.1:7443\"", "", ": listen_address: ", "host:port"},
      {"no port", "127.0.0.1:7443", "127.0.0.1", ":2:1: listen_address: ", "host:port"},
      {"no host", "127.0.0.1:7443", ":7443", ":2:1: listen_address: ", "host:port"},
      {"a negative port", "127.0.0.1:7443", "127.0.0.1:-1", ":2:1: listen_address: ", "0 to 65535"},
      {"a port above the last", "127.0.0.1:7443", "127.0.0.1:65536",
       ":2:1: listen_address: ", "0 to 65535"},
      {"a port in words", "127.0.0.1:7443", "127.0.0.1:https",
       ":2:1: listen_address: ", "0 to 65535"},
      {"IPv6 without brackets", "127.0.0.1:7443", "::1:7443",
       ":2:1: listen_address: ", "[::1]:7443"},
      {"no region", "region: \"IE\"\ntls", "tls", ": region: ", "such as \"IE\""},
      {"a region in lower case", "region: \"IE\"\ntls", "region: \"ie\"\ntls",
       ":3:1: region: ", "such as \"IE\""},
      {"no certificate", "certificate_path: \"hub.pem\"", "",
       ": tls.certificate_path: ", "give a path"},
      {"no private key", "private_key_path: \"hub.key\"", "",
       ": tls.private_key_path: ", "give a path"},
      {"no CA", "ca_path: \"ca.pem\"", "", ": tls.ca_path: ", "give a path"},
      {"an empty CA", "\"ca.pem\"", "\"\"", ":7:3: tls.ca_path: ", "give a path"},
      {"no store", "store_path: \"log\"\n", "\n", ": store_path: ", "give a path"},
      {"no store key", "store_key_path: \"log.key\"", "", ": store_key_path: ", "give a path"},
      {"no keyring", "keyring_path: \"keyring\"", "", ": keyring_path: ", "give a path"},
      {"no keyring key", "keyring_key_path: \"keyring.key\"", "",
       ": keyring_key_path: ", "give a path"},
      {"one key for both", "\"keyring.key\"", "\"log.key\"",
       ":12:1: keyring_key_path: ", "another file"},
      {"one key by another spelling", "\"keyring.key\"", "\"x/../log.key\"",
       ":12:1: keyring_key_path: ", "another file"},
      {"one file for both", "\"keyring\"", "\"log\"", ":11:1: keyring_path: ", "another file"},
      {"no coordinator", coordinator, "", ": coordinators: ", "name at least one"},
      {"no name", "name: \"anna\"", "", ": coordinators.name: ", "a-z, 0-9 and -"},
      {"a party as name", "name: \"anna\"", "name: \"coordinator/anna\"",
       ":13:16: coordinators.name: ", "a-z, 0-9 and -"},
      {"a coordinator twice", "", coordinator, ": coordinators.name: ", "twice"},
      {"no display name", "display_name: \"Anna\"", "",
       ": coordinators.display_name: ", "1 to 128"},
      {"a long display name", "\"Anna\"", "\"" + std::string(129, 'x') + "\"",
       ":13:29: coordinators.display_name: ", "1 to 128"},
      {"a coordinator's region", "region: \"IE\" }", "region: \"I\" }",
       ": coordinators.region: ", "such as \"IE\""},
      {"an unknown type", "", "types { type: \"FAX\" }", ":14:9: types.type: ", "PHONE, EMAIL"},
      {"no type", "", "types { maximum_life_days: 1 }", ": types.type: ", "PHONE, EMAIL"},
      {"the unspecified type", "", "types { type: \"SIGNATURE_TYPE_UNSPECIFIED\" }",
       ":14:9: types.type: ", "PHONE, EMAIL"},
      {"a type twice", "", "types { type: \"URL\" } types { type: \"URL\" }",
       ": types.type: ", "twice"},
      {"a life above ten years", "", "types { type: \"URL\" maximum_life_days: 3651 }",
       ":14:21: types.maximum_life_days: ", "1 to 3650"},
      {"three versions", "", "types { type: \"URL\" rules_versions: [1, 2, 3] }",
       ": types.rules_versions: ", "at most two"},
      {"version 0", "", "types { type: \"URL\" rules_versions: 0 }",
       ": types.rules_versions: ", "at least 1"},
      {"one version twice", "", "types { type: \"URL\" rules_versions: [1, 1] }",
       ": types.rules_versions: ", "once"},
      {"rules of images", "", "types { type: \"IMAGE_PDQ\" rules_versions: 1 }",
       ": types.rules_versions: ", "leave it out"},
      {"a long queue", "", "limits { append_queue: 65537 }",
       ":14:10: limits.append_queue: ", "at most 65536"},
      {"a long work queue", "", "limits { work_queue: 65537 }",
       ":14:10: limits.work_queue: ", "at most 65536"},
      {"many threads", "", "limits { work_threads: 257 }",
       ":14:10: limits.work_threads: ", "at most 256"},
      {"many streams", "", "limits { sync_streams: 65537 }",
       ":14:10: limits.sync_streams: ", "at most 65536"},
      {"a rare watchdog", "", "watchdog { interval_s: 3601 }",
       ":14:12: watchdog.interval_s: ", "at most 3600"},
      {"a patient watchdog", "", "watchdog { failures: 101 }",
       ":14:12: watchdog.failures: ", "at most 100"},
      {"a share of disputes above all", "", "remedy { dispute_share_percent: 101 }",
       ":14:10: remedy.dispute_share_percent: ", "at most 100"},
      {"more than a year to answer", "", "remedy { answer_deadline_days: 366 }",
       ":14:10: remedy.answer_deadline_days: ", "at most 365"},
      {"more than a year to answer a person", "", "remedy { subject_answer_deadline_days: 366 }",
       ":14:10: remedy.subject_answer_deadline_days: ", "at most 365"},
      {"more than a year for the remedy", "", "remedy { remedy_deadline_days: 366 }",
       ":14:10: remedy.remedy_deadline_days: ", "at most 365"},
      {"sightings counted less than daily", "", "remedy { sighting_count_interval_s: 86401 }",
       ":14:10: remedy.sighting_count_interval_s: ", "at most 86400"},
      {"an endless daily budget", "", "budgets { daily: 1000000001 }",
       ":14:11: budgets.daily: ", "at most 1000000000"},
      {"an endless total budget", "", "budgets { total: 1000000000001 }",
       ":14:11: budgets.total: ", "at most 1000000000000"},
      {"a budget of an unknown type", "", "budgets { types { type: \"FAX\" } }",
       ":14:19: budgets.types.type: ", "one of PHONE"},
      {"a budget of what is not evaluated", "", "budgets { types { type: \"IMAGE_PDQ\" } }",
       ":14:19: budgets.types.type: ", "not evaluated; one of PHONE"},
      {"a type's endless budget", "", "budgets { types { type: \"URL\" daily: 1000000001 } }",
       ":14:31: budgets.types.daily: ", "at most 1000000000"},
      {"a late alert", "", "budgets { alert_delay_s: 3601 }",
       ":14:11: budgets.alert_delay_s: ", "at most 3600"},
      {"a share above all", "", "budgets { few_own_users_percent: 101 }",
       ":14:11: budgets.few_own_users_percent: ", "at most 100"},
  };
  for (const Wrong& c : cases) {
    const auto config = c.piece.empty() ? Plus(c.by) : With(c.piece, c.by);
    EXPECT_THAT(config, FailsWith(kInvalid, path_)) << c.what;
    EXPECT_THAT(config, FailsWith(kInvalid, c.place)) << c.what;
    EXPECT_THAT(config, FailsWith(kInvalid, c.remedy)) << c.what;
  }
}

TEST_F(ConfigTest, TakesEveryNumberAtItsLimit) {
  const auto config = Plus(
      "types { type: \"URL\" maximum_life_days: 3650 }\n"
      "limits { append_queue: 65536 work_queue: 65536 work_threads: 256 sync_streams: 65536 }\n"
      "watchdog { interval_s: 3600 failures: 100 }\n"
      "remedy { dispute_share_percent: 100 answer_deadline_days: 365\n"
      "  subject_answer_deadline_days: 365 remedy_deadline_days: 365\n"
      "  sighting_count_interval_s: 86400 }");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->types.at(v1::URL).maximum_life, absl::Hours(24) * 3'650);
  EXPECT_EQ(config->append_queue, 65'536u);
  EXPECT_EQ(config->work_queue, 65'536u);
  EXPECT_EQ(config->work_threads, 256u);
  EXPECT_EQ(config->sync_streams, 65'536u);
  EXPECT_EQ(config->watchdog_interval, absl::Seconds(3'600));
  EXPECT_EQ(config->watchdog_failures, 100);
  EXPECT_EQ(config->remedy.dispute_share_percent, 100);
  EXPECT_EQ(config->remedy.answer_deadline, absl::Hours(24) * 365);
  EXPECT_EQ(config->remedy.subject_answer_deadline, absl::Hours(24) * 365);
  EXPECT_EQ(config->remedy.remedy_deadline, absl::Hours(24) * 365);
  EXPECT_EQ(config->sighting_count_interval, absl::Hours(24));
  EXPECT_TRUE(With("127.0.0.1:7443", "127.0.0.1:65535").ok());
  EXPECT_TRUE(With("\"Anna\"", "\"" + std::string(128, 'x') + "\"").ok());
}

TEST_F(ConfigTest, ReadsAnyHostAndAFreePort) {
  const auto v6 = With("127.0.0.1:7443", "[::1]:0");
  ASSERT_TRUE(v6.ok()) << v6.status();
  EXPECT_EQ(v6->listen_host, "::1");
  EXPECT_EQ(v6->listen_port, 0);
  EXPECT_EQ(v6->listen_address, "[::1]:0");
  const auto name = With("127.0.0.1:7443", "localhost:1");
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->listen_host, "localhost");
}

TEST_F(ConfigTest, NamesTheFieldThatDoesNotExist) {
  EXPECT_THAT(Plus("limitz { }"), FailsWith(kInvalid, absl::StrCat(path_, ":14:")));
  EXPECT_THAT(LoadConfig(folder_.File("none")), FailsWith(absl::StatusCode::kNotFound, "none"));
}

}  // namespace
}  // namespace vervet::hub
