// What a store's files hold once each page is decrypted, also where no table refers to it any more.
#ifndef VERVET_TESTS_SIMULATION_STORE_PAGES_H_
#define VERVET_TESTS_SIMULATION_STORE_PAGES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/base/secret.h"
#include "tests/support/platter.h"

namespace vervet::simulation {

// All pages of the main file `name` and of its write-ahead log, one behind the other. `key` is the
// raw key that the store was made with.
std::string DecryptedPages(const test_support::Files& files, const std::string& name,
                           const Secret<32>& key);

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_STORE_PAGES_H_
