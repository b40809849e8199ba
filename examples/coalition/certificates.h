// Certificates of a coalition, made with certs/vervet-certs as its people would make them.
#ifndef VERVET_EXAMPLES_COALITION_CERTIFICATES_H_
#define VERVET_EXAMPLES_COALITION_CERTIFICATES_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::coalition {

// PEM files of one party.
struct TlsPaths {
  std::string certificate;
  std::string private_key;
  std::string ca;
  std::string crl_dir;  // for the hub; may be empty
};

// Makes key and certificate of `role`/`name` in `dir`, which exists.
using IssueCertificate = std::function<absl::StatusOr<TlsPaths>(
    const std::string& role, const std::string& name, const std::string& dir)>;

// A CA for `coalition` in `ca_dir`, and the function that issues from it: the key is made in the
// party's own directory, the CA sees the request alone. The hub's certificate is for localhost and
// 127.0.0.1.
absl::StatusOr<IssueCertificate> MakeAuthority(const std::string& coalition,
                                               const std::string& ca_dir);

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_CERTIFICATES_H_
