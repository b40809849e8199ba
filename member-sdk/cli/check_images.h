// `check photo.jpg folder/`: pictures against the coalition's records, on this machine.
#ifndef VERVET_MEMBER_SDK_CLI_CHECK_IMAGES_H_
#define VERVET_MEMBER_SDK_CLI_CHECK_IMAGES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/cli/progress.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/check_output.h"
#include "member-sdk/cli/session.h"
#include "vervet/client.h"

namespace vervet::member_cli {

struct ImageFileCheckOptions {
  std::string reference;  // of all files
  bool name_is_reference = false;
  ImageCheckOptions check;
};

// Not thread-safe. Borrows everything.
class ImageFileCheck {
 public:
  ImageFileCheck(std::vector<std::string> files, ImageFileCheckOptions options,
                 const Invocation& invocation, const cli::Streams& streams, Session& session)
      : files_(std::move(files)),
        options_(std::move(options)),
        invocation_(invocation),
        streams_(streams),
        session_(session) {}

  // Prints one result a file, in order, and at the end a summary. An error ends it.
  absl::Status Run();
  const CheckCounts& counts() const { return counts_; }

 private:
  struct Waiting {
    std::string file;
    absl::Status refused;
    std::string note;
    ImageToCheck image;
  };

  Waiting Read(const std::string& file) const;
  absl::Status Answer(std::vector<Waiting> waiting);
  void Print(const Waiting& one, const ImageCheckResult& result);
  void PrintJson(const Waiting& one, const ImageCheckResult& result) const;

  const std::vector<std::string> files_;
  const ImageFileCheckOptions options_;
  const Invocation& invocation_;
  const cli::Streams& streams_;
  Session& session_;
  CheckCounts counts_;
};

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_CHECK_IMAGES_H_
