// Revocation lists: the second wall behind the roster.
#ifndef VERVET_CORE_NET_CRL_DIR_H_
#define VERVET_CORE_NET_CRL_DIR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace vervet::net {

// gRPC looks lists up as <hash of the authority's name>.r<N> in a directory, and lets everyone in
// where it finds none: an empty or misspelt directory is no wall at all. It also takes certificates
// named <hash>.<N> from there as authorities. So this refuses: a directory that cannot be listed; a
// file with an authority's name pattern; an authority of `ca_path` without a list that parses,
// bears the authority's signature and is current at `now`. (An expired list turns every client
// away.) FAILED_PRECONDITION or NOT_FOUND, with the file name that is missing and the remedy.
//
// A list that is written over stays unread until a restart: a new one takes the next number, .r1
// after .r0.
absl::Status CheckCrlDirectory(const std::string& crl_dir, const std::string& ca_path,
                               absl::Time now);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_CRL_DIR_H_
