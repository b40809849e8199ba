// Stays connected, opens a case for each match that arrives, and follows a record to its end.
//
//   match-handler cases < decisions
//
// `cases` is a file of its own: one line for each case that it has opened. On standard input a
// reviewer says what was decided, one line each, until the end of input:
//   suspend RECORD REFERENCE       the account was suspended because of this record
//   reversed|kept|none RECORD      what was done about its users after it was retracted or erased
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <set>
#include <sstream>
#include <string>

#include "member_options.h"
#include "vervet/client.h"

namespace {

// on_match is told at least once: after a crash, again. A case is opened once, and is on disk when
// the callback returns, because the SDK does not repeat the match after that.
class CaseFile {
 public:
  explicit CaseFile(const std::string& path)
      : fd_(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) opened_.insert(line);
  }
  ~CaseFile() { close(fd_); }

  // False: it was opened before.
  bool Open(const std::string& record_id, const std::string& reference) {
    const std::string line = record_id + " " + reference;
    if (!opened_.insert(line).second) return false;
    const std::string bytes = line + "\n";
    if (write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        fsync(fd_) != 0) {
      std::cerr << "match-handler: cannot write the cases\n";
      std::abort();  // the SDK tells the match again at the next start
    }
    return true;
  }

 private:
  const int fd_;
  std::set<std::string> opened_;
};

// Callbacks come on a thread of the SDK, this program's own lines on the main one.
std::mutex print_mutex;

void Print(const std::string& line) {
  const std::lock_guard<std::mutex> lock(print_mutex);
  std::cout << line << std::endl;
}

void LookAgain(const std::string& record_id, const std::string& why,
               const std::vector<vervet::AffectedSubject>& affected) {
  for (const vervet::AffectedSubject& subject : affected) {
    Print("look again " + record_id + " " + subject.subject_reference + ": " + why +
          (subject.action.empty() ? ", nothing was done" : ", " + subject.action));
  }
}

void OpenCases(CaseFile& cases, const vervet::MatchEvent& event) {
  const vervet::Match& match = event.match;
  for (const std::string& reference : event.subject_references) {
    if (!cases.Open(match.record_id, reference)) continue;
    Print("review " + match.record_id + " " + reference + ": acted on by " + match.publisher_name +
          ", " + vervet::OffenceActivityName(match.facts.activity) + " of " +
          match.facts.taxa.front());
  }
}

void AcceptDecision(vervet::Client& client, const std::string& line) {
  std::istringstream words(line);
  std::string verb, record_id, reference;
  words >> verb >> record_id >> reference;
  if (verb == "suspend") {
    // Here the platform suspends the account. The note finds it again if the record falls.
    const absl::Status noted = client.NoteAction(record_id, reference, "account suspended");
    Print(noted.ok() ? "noted " + record_id + " " + reference : std::string(noted.message()));
  } else if (const auto outcome = vervet::ParseRemedyOutcome(verb)) {
    const auto ticket = client.AcknowledgeRemedy(record_id, *outcome);
    Print(ticket.ok() ? "acknowledged " + record_id : std::string(ticket.status().message()));
  } else {
    Print("not understood: a line begins with suspend, reversed, kept or none");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: match-handler CASES < decisions\n";
    return 2;
  }
  CaseFile cases(argv[1]);  // outlives the client, whose callbacks use it
  vervet::ClientOptions options = example::MemberOptions();
  options.on_match = [&cases](const vervet::MatchEvent& event) { OpenCases(cases, event); };
  options.on_match_ended = [](const vervet::MatchEndedEvent& event) {
    Print("ended " + event.record_id + ": " + event.reason);
    LookAgain(event.record_id, event.reason, event.affected);
  };
  const auto client = vervet::Client::Open(std::move(options));
  if (!client.ok()) {
    std::cerr << "match-handler: " << client.status().message() << "\n";
    return 1;
  }
  // What was open when this program last ended is owed still.
  if (const auto remedies = (*client)->OpenRemedies(); remedies.ok()) {
    for (const vervet::OpenRemedy& remedy : *remedies) {
      LookAgain(remedy.record_id, remedy.reason, remedy.affected);
    }
  }
  Print("ready");
  for (std::string line; std::getline(std::cin, line);) AcceptDecision(**client, line);
  // What was decided is on disk; this gives it a moment to reach the hub as well.
  const absl::Status sent = (*client)->Flush(std::chrono::seconds(5));
  if (!sent.ok()) std::cerr << "match-handler: " << sent.message() << "\n";
}
