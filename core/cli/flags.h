// GNU-style flags: --name value, --name=value, --switch. What a person typed wrong is answered with
// what would be right, and never repeated: a value may be a raw identifier.
#ifndef VERVET_CORE_CLI_FLAGS_H_
#define VERVET_CORE_CLI_FLAGS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vervet::cli {

// Writes through the pointers that it was given, which must outlive it. Not thread-safe.
class FlagSet {
 public:
  // What --help shows. `metavar` stands for the value: "NUMBER".
  struct Flag {
    std::string name;     // without dashes
    std::string metavar;  // empty: a switch
    std::string help;
    bool repeatable = false;
    bool required = false;
    bool given = false;
    std::function<absl::Status(absl::string_view value)> set;
  };

  void String(std::string name, std::string metavar, std::string help, std::string* value);
  void StringList(std::string name, std::string metavar, std::string help,
                  std::vector<std::string>* values);
  // --name, --name=true, --name=false.
  void Switch(std::string name, std::string help, bool* value);
  void Int(std::string name, std::string metavar, std::string help, int64_t minimum,
           int64_t maximum, int64_t* value);
  // A number of seconds, with or without a fraction, from 0 to 10 years.
  void Seconds(std::string name, std::string help, absl::Duration* value);
  // One of `choices`; "offer-for-sale" and "OFFER_FOR_SALE" are taken for "offer_for_sale".
  void Choice(std::string name, std::string metavar, std::string help,
              std::vector<std::string> choices, std::string* value);
  void Require(absl::string_view name);

  // Sets the values and returns the other arguments in their order; "--" ends the flags.
  // INVALID_ARGUMENT: an unknown flag (with the nearest known one), a missing or unfit value, a
  // flag twice that may be given once, required flags that are missing (all of them). `--help` and
  // `-h` are the caller's to look for.
  absl::StatusOr<std::vector<std::string>> Parse(const std::vector<std::string>& args);
  // The same up to the first argument that is no flag; returns how many it took. Asks for no
  // required flags.
  absl::StatusOr<size_t> ParseLeading(const std::vector<std::string>& args);

  bool given(absl::string_view name) const;
  const std::vector<Flag>& flags() const { return flags_; }

 private:
  Flag& Add(std::string name, std::string metavar, std::string help);
  // Takes one flag at args[*next] and moves *next behind it and its value.
  absl::Status Take(const std::vector<std::string>& args, size_t* next);
  absl::Status CheckRequired() const;
  Flag* Find(absl::string_view name);

  std::vector<Flag> flags_;
};

// `name` as flags and CSV cells spell it: lower case, "_" for "-" and " ".
std::string ChoiceSpelling(absl::string_view name);

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_FLAGS_H_
