// Checks a platform's existing users, as many each night as the coalition's budget of evaluations
// allows, and goes on the next night where it had to stop.
//
//   nightly-backfill users.csv cursor [users a batch]
//
// users.csv has lines "reference,phone,region"; the cursor is a file of the program's own.
// Exit status: 0 all users are checked; 75 (EX_TEMPFAIL) stopped for tonight; 1 or 2 a person has
// to look.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "member_options.h"
#include "vervet/client.h"

namespace {

using std::chrono::milliseconds;

// A few requests' worth: enough to keep the hub and this machine's cores busy. The hub evaluates a
// request whole or not at all, so up to one request's worth of a budget is left over.
constexpr size_t kBatchUsers = 2000;
// A full queue at the hub is over in seconds: wait. A spent budget lasts until midnight: stop.
constexpr milliseconds kLongestWait{30'000};

std::vector<vervet::Subject> ReadUsers(const char* path) {
  std::vector<vervet::Subject> users;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    vervet::Subject user;
    vervet::Identifier phone{vervet::IdentifierType::kPhone, "", ""};
    std::getline(fields, user.reference, ',');
    std::getline(fields, phone.value, ',');
    std::getline(fields, phone.region, ',');
    user.identifiers.push_back(phone);
    users.push_back(user);
  }
  return users;
}

// How many users are done. Losing it costs time and no budget: whoever was evaluated is in the
// vault, and the vault answers without the hub.
size_t ReadCursor(const std::string& path) {
  size_t done = 0;
  std::ifstream(path) >> done;
  return done;
}

bool WriteCursor(const std::string& path, size_t done) {
  const std::string next = path + ".new";
  std::ofstream file(next, std::ios::trunc);
  file << done << "\n";
  file.close();
  return file.good() && std::rename(next.c_str(), path.c_str()) == 0;
}

struct Progress {
  size_t done = 0;                    // users of the batch before the first without an answer
  milliseconds retry_after{0};        // of that first one; 0: the hub did not say
  std::string reason;                 // empty: the whole batch is done
  std::vector<std::string> matched;   // references, for review
  size_t without_canonical_form = 0;  // nothing to ask; mend the user's data
};

absl::StatusOr<Progress> CheckUsers(vervet::Client& client,
                                    const std::vector<vervet::Subject>& users) {
  const auto answers = client.CheckBatch(users);
  if (!answers.ok()) return answers.status();
  Progress progress;
  for (size_t i = 0; i < users.size(); ++i) {
    const vervet::CheckResult& result = (*answers)[i].results.front();
    if (result.outcome == vervet::CheckOutcome::kNotKnown) {
      progress.reason = std::string(result.status.message());
      progress.retry_after = result.retry_after;
      break;
    }
    if (result.outcome == vervet::CheckOutcome::kRefused) ++progress.without_canonical_form;
    if (result.outcome == vervet::CheckOutcome::kMatch) {
      progress.matched.push_back(users[i].reference);
    }
    ++progress.done;
  }
  return progress;
}

// True: all users are done. False: not tonight.
absl::StatusOr<bool> Backfill(vervet::Client& client, const std::vector<vervet::Subject>& users,
                              const std::string& cursor, size_t batch_users) {
  size_t done = ReadCursor(cursor);
  std::cout << users.size() << " users, " << done << " of them done before" << std::endl;
  while (done < users.size()) {
    const size_t end = std::min(users.size(), done + batch_users);
    const auto progress = CheckUsers(client, {users.begin() + done, users.begin() + end});
    if (!progress.ok()) return progress.status();
    for (const std::string& reference : progress->matched) {
      std::cout << "review " << reference << std::endl;
    }
    if (progress->without_canonical_form > 0) {
      std::cout << progress->without_canonical_form << " without a valid number" << std::endl;
    }
    done += progress->done;
    if (!WriteCursor(cursor, done)) return absl::InternalError("cannot write " + cursor);
    if (progress->reason.empty()) continue;
    if (progress->retry_after == milliseconds(0) || progress->retry_after > kLongestWait) {
      std::cout << "stopped after " << done << " users: " << progress->reason << std::endl;
      return false;
    }
    std::this_thread::sleep_for(progress->retry_after);
  }
  std::cout << "all " << users.size() << " users are checked" << std::endl;
  return true;
}

int Fail(const absl::Status& status) {
  std::cerr << "nightly-backfill: " << status.message() << "\n";
  return absl::IsDeadlineExceeded(status) ? 75 : 1;  // the hub is out of reach tonight
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::cerr << "usage: nightly-backfill USERS.csv CURSOR [BATCH]\n";
    return 2;
  }
  const size_t batch = argc == 4 ? std::strtoul(argv[3], nullptr, 10) : 0;
  const auto client = vervet::Client::Open(example::MemberOptions());
  if (!client.ok()) return Fail(client.status());
  const auto synced = (*client)->WaitUntilCaughtUp(std::chrono::minutes(10));
  if (!synced.ok()) return Fail(synced);
  const auto finished =
      Backfill(**client, ReadUsers(argv[1]), argv[2], batch > 0 ? batch : kBatchUsers);
  if (!finished.ok()) return Fail(finished.status());
  return *finished ? 0 : 75;
}
