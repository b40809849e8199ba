// Certificates for tests, made on the spot: authorities, leaves that are right or wrong in one way,
// revocation lists.
#ifndef VERVET_TESTS_SUPPORT_TEST_CERTIFICATES_H_
#define VERVET_TESTS_SUPPORT_TEST_CERTIFICATES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/net/tls_files.h"
#include "core/net/x509.h"

namespace vervet::test_support {

inline constexpr char kTestCoalition[] = "coalition.test";

// A directory of its own under the system's one for temporary files, removed with everything in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string File(absl::string_view name) const;

 private:
  std::string path_;
};

// What a leaf certificate says. MemberLeaf and HubLeaf give right ones, to be spoilt by a test.
struct LeafSpec {
  std::string common_name = "test leaf";
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;  // "127.0.0.1", "::1"
  std::string extended_key_usage =
      "clientAuth";  // OpenSSL's words, comma-separated; empty: no such extension
  absl::Time not_before = absl::Now() - absl::Hours(1);
  absl::Time not_after = absl::Now() + absl::Hours(24);
};

// spiffe://coalition.test/<party>, clientAuth.
LeafSpec ClientLeaf(absl::string_view party = "member/market");
// spiffe://coalition.test/hub/<name>, serverAuth, for localhost, 127.0.0.1 and ::1.
LeafSpec HubLeaf(absl::string_view name = "main");

// A self-signed authority with a P-256 key. A failure inside aborts the test program: tests do not
// handle it.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(absl::string_view common_name = "test authority");

  // Writes <prefix>.crt, <prefix>.key (mode 0600) and <prefix>.ca.crt (this authority) into `dir`
  // and returns their paths. Each file is replaced by a rename.
  net::TlsFiles Issue(const LeafSpec& spec, const std::string& dir, absl::string_view prefix);

  // Writes a list of revoked certificates into `dir` as <hash>.r<number>; returns its path.
  std::string WriteRevocations(const std::vector<std::string>& certificate_paths,
                               const std::string& dir, int number = 0,
                               absl::Time next_update = absl::Now() + absl::Hours(24));

  std::string Pem() const;

 private:
  net::PkeyPtr key_;
  net::X509Ptr certificate_;
  long next_serial_ = 2;
};

std::string ReadFile(const std::string& path);
// Through a rename, so that a reader sees the old bytes or the new ones.
void WriteFile(const std::string& path, absl::string_view bytes, unsigned mode = 0644);

}  // namespace vervet::test_support

#endif  // VERVET_TESTS_SUPPORT_TEST_CERTIFICATES_H_
