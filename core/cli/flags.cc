#include "core/cli/flags.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/cli/text.h"

namespace vervet::cli {
namespace {

constexpr double kLongestSeconds = 10.0 * 365 * 24 * 3600;

bool LooksLikeFlag(absl::string_view arg) { return arg.size() > 1 && arg[0] == '-'; }

// A mistyped flag may be repeated only where it cannot hold anybody's data.
bool IsPlainName(absl::string_view name) {
  return !name.empty() && name.size() <= 32 && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || c == '-';
  });
}

}  // namespace

std::string ChoiceSpelling(absl::string_view name) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(absl::StripAsciiWhitespace(name)),
                             {{"-", "_"}, {" ", "_"}});
}

FlagSet::Flag& FlagSet::Add(std::string name, std::string metavar, std::string help) {
  Flag flag;
  flag.name = std::move(name);
  flag.metavar = std::move(metavar);
  flag.help = std::move(help);
  flags_.push_back(std::move(flag));
  return flags_.back();
}

void FlagSet::String(std::string name, std::string metavar, std::string help, std::string* value) {
  Add(std::move(name), std::move(metavar), std::move(help)).set = [value](absl::string_view text) {
    *value = std::string(text);
    return absl::OkStatus();
  };
}

void FlagSet::StringList(std::string name, std::string metavar, std::string help,
                         std::vector<std::string>* values) {
  Flag& flag = Add(std::move(name), std::move(metavar), std::move(help));
  flag.repeatable = true;
  flag.set = [values](absl::string_view text) {
    values->emplace_back(text);
    return absl::OkStatus();
  };
}

void FlagSet::Switch(std::string name, std::string help, bool* value) {
  Flag& flag = Add(std::move(name), "", std::move(help));
  flag.repeatable = true;  // saying it twice says nothing else
  flag.set = [value](absl::string_view text) -> absl::Status {
    if (!absl::SimpleAtob(text, value))
      return absl::InvalidArgumentError("is a switch: true or false");
    return absl::OkStatus();
  };
}

void FlagSet::Int(std::string name, std::string metavar, std::string help, int64_t minimum,
                  int64_t maximum, int64_t* value) {
  Add(std::move(name), std::move(metavar), std::move(help)).set =
      [minimum, maximum, value](absl::string_view text) -> absl::Status {
    int64_t number = 0;
    if (!absl::SimpleAtoi(text, &number) || number < minimum || number > maximum) {
      return absl::InvalidArgumentError(
          absl::StrCat("must be a whole number from ", minimum, " to ", maximum));
    }
    *value = number;
    return absl::OkStatus();
  };
}

void FlagSet::Seconds(std::string name, std::string help, absl::Duration* value) {
  Add(std::move(name), "SECONDS", std::move(help)).set =
      [value](absl::string_view text) -> absl::Status {
    double seconds = 0;
    if (!absl::SimpleAtod(text, &seconds) || !std::isfinite(seconds) || seconds < 0 ||
        seconds > kLongestSeconds) {
      return absl::InvalidArgumentError(
          "must be a number of seconds, 0 or more, such as 30 or 0.5");
    }
    *value = absl::Seconds(seconds);
    return absl::OkStatus();
  };
}

void FlagSet::Choice(std::string name, std::string metavar, std::string help,
                     std::vector<std::string> choices, std::string* value) {
  help = absl::StrCat(help, ": ", absl::StrJoin(choices, ", "));
  Add(std::move(name), std::move(metavar), std::move(help)).set =
      [choices = std::move(choices), value](absl::string_view text) -> absl::Status {
    const std::string spelled = ChoiceSpelling(text);
    if (std::find(choices.begin(), choices.end(), spelled) == choices.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "must be one of ", absl::StrJoin(choices, ", "), DidYouMean(spelled, choices)));
    }
    *value = spelled;
    return absl::OkStatus();
  };
}

void FlagSet::Require(absl::string_view name) {
  Flag* flag = Find(name);
  if (flag != nullptr) flag->required = true;
}

bool FlagSet::given(absl::string_view name) const {
  return std::any_of(flags_.begin(), flags_.end(),
                     [&](const Flag& flag) { return flag.given && flag.name == name; });
}

FlagSet::Flag* FlagSet::Find(absl::string_view name) {
  auto found = std::find_if(flags_.begin(), flags_.end(),
                            [&](const Flag& flag) { return flag.name == name; });
  return found == flags_.end() ? nullptr : &*found;
}

absl::Status FlagSet::Take(const std::vector<std::string>& args, size_t* next) {
  const absl::string_view arg = args[*next];
  const size_t position = ++*next;
  const absl::string_view body = absl::StartsWith(arg, "--") ? arg.substr(2) : arg.substr(1);
  const size_t equals = body.find('=');
  const absl::string_view name = body.substr(0, equals);

  Flag* flag = absl::StartsWith(arg, "--") ? Find(name) : nullptr;
  if (flag == nullptr) {
    std::vector<std::string> known;
    for (const Flag& one : flags_) known.push_back(absl::StrCat("--", one.name));
    const std::string shown =
        IsPlainName(name) ? absl::StrCat("--", name) : absl::StrCat("in argument ", position);
    return absl::InvalidArgumentError(
        absl::StrCat("unknown flag ", shown, DidYouMean(absl::StrCat("--", name), known)));
  }
  if (flag->given && !flag->repeatable) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", name, " is given twice; it takes one value"));
  }
  flag->given = true;

  std::string value;
  if (equals != absl::string_view::npos) {
    value = std::string(body.substr(equals + 1));
  } else if (flag->metavar.empty()) {
    value = "true";
  } else if (*next >= args.size() || absl::StartsWith(args[*next], "--")) {
    return absl::InvalidArgumentError(absl::StrCat("--", name, " needs a value (", flag->metavar,
                                                   "); where that begins with --, write --", name,
                                                   "=", flag->metavar));
  } else {
    value = args[(*next)++];
  }
  const absl::Status set = flag->set(value);
  if (!set.ok()) return absl::InvalidArgumentError(absl::StrCat("--", name, ": ", set.message()));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FlagSet::Parse(const std::vector<std::string>& args) {
  std::vector<std::string> others;
  for (size_t next = 0; next < args.size();) {
    if (args[next] == "--") {
      others.insert(others.end(), args.begin() + next + 1, args.end());
      break;
    }
    if (!LooksLikeFlag(args[next])) {
      others.push_back(args[next++]);
      continue;
    }
    VERVET_RETURN_IF_ERROR(Take(args, &next));
  }
  VERVET_RETURN_IF_ERROR(CheckRequired());
  return others;
}

absl::StatusOr<size_t> FlagSet::ParseLeading(const std::vector<std::string>& args) {
  size_t next = 0;
  while (next < args.size() && LooksLikeFlag(args[next]) && args[next] != "--") {
    VERVET_RETURN_IF_ERROR(Take(args, &next));
  }
  return next;
}

absl::Status FlagSet::CheckRequired() const {
  std::vector<std::string> missing;
  for (const Flag& flag : flags_) {
    if (flag.required && !flag.given)
      missing.push_back(absl::StrCat("--", flag.name, " ", flag.metavar));
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("missing: ", absl::StrJoin(missing, ", ")));
}

}  // namespace vervet::cli
