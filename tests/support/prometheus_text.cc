#include "tests/support/prometheus_text.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"

namespace vervet::test_support {
namespace {

bool IsName(absl::string_view name, bool colon) {
  if (name.empty() || absl::ascii_isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (!absl::ascii_isalnum(byte) && c != '_' && !(colon && c == ':')) return false;
  }
  return true;
}

// Takes a quoted label value off the front.
bool TakeValue(absl::string_view* text, std::string* value) {
  if (!absl::ConsumePrefix(text, "\"")) return false;
  value->clear();
  while (!text->empty()) {
    const char c = text->front();
    text->remove_prefix(1);
    if (c == '"') return true;
    if (c != '\\') {
      value->push_back(c);
      continue;
    }
    if (text->empty()) return false;
    const char escaped = text->front();
    text->remove_prefix(1);
    if (escaped != 'n' && escaped != '\\' && escaped != '"') return false;
    value->push_back(escaped == 'n' ? '\n' : escaped);
  }
  return false;
}

bool ParseNumber(const std::string& text, double* value) {
  if (text == "NaN" || text == "+Inf" || text == "-Inf") {
    *value = text == "NaN" ? std::nan("") : std::numeric_limits<double>::infinity();
    if (text == "-Inf") *value = -*value;
    return true;
  }
  // strtod would skip white space.
  if (text.empty() || absl::ascii_isspace(static_cast<unsigned char>(text[0]))) return false;
  char* end = nullptr;
  *value = std::strtod(text.c_str(), &end);
  return *end == '\0' && std::isfinite(*value);
}

struct SampleLine {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;

  std::string Key(absl::string_view without = "") const {
    std::string key = name;
    std::string before = "{";
    for (const auto& [label, text] : labels) {
      if (label == without) continue;
      absl::StrAppend(&key, before, label, "=\"", text, "\"");
      before = ",";
    }
    return before == "," ? absl::StrCat(key, "}") : key;
  }
  std::string Label(absl::string_view wanted) const {
    for (const auto& [label, text] : labels) {
      if (label == wanted) return text;
    }
    return "";
  }
};

bool ParseSample(absl::string_view line, SampleLine* sample) {
  const size_t name_end = line.find_first_of("{ ");
  if (name_end == absl::string_view::npos) return false;
  sample->name = std::string(line.substr(0, name_end));
  if (!IsName(sample->name, true)) return false;
  line.remove_prefix(name_end);
  if (absl::ConsumePrefix(&line, "{")) {
    std::set<std::string> seen;
    do {
      const size_t equals = line.find('=');
      if (equals == absl::string_view::npos) return false;
      const std::string label(line.substr(0, equals));
      line.remove_prefix(equals + 1);
      std::string value;
      if (!IsName(label, false) || !seen.insert(label).second || !TakeValue(&line, &value)) {
        return false;
      }
      sample->labels.emplace_back(label, value);
    } while (absl::ConsumePrefix(&line, ","));
    if (!absl::ConsumePrefix(&line, "}")) return false;
  }
  return absl::ConsumePrefix(&line, " ") && ParseNumber(std::string(line), &sample->value);
}

}  // namespace

class ScrapeParser {
 public:
  absl::Status Add(absl::string_view line) {
    line_ = std::string(line);
    if (absl::ConsumePrefix(&line, "# HELP ")) return Help(line);
    if (absl::ConsumePrefix(&line, "# TYPE ")) return TypeOf(line);
    if (absl::StartsWith(line, "#") || line.empty()) return Wrong("neither HELP, TYPE nor sample");
    SampleLine sample;
    if (!ParseSample(line, &sample)) return Wrong("not a sample");
    return AddSample(sample);
  }

  absl::StatusOr<Scrape> Finish() {
    VERVET_RETURN_IF_ERROR(EndFamily());
    return std::move(scrape_);
  }

 private:
  absl::Status Wrong(absl::string_view why) const {
    return absl::InvalidArgumentError(absl::StrCat(why, ": ", line_));
  }

  absl::Status Help(absl::string_view line) {
    VERVET_RETURN_IF_ERROR(EndFamily());
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (parts.size() != 2 || !IsName(parts[0], true) || parts[1].empty()) return Wrong("no help");
    if (scrape_.families_.count(parts[0]) != 0) return Wrong("a family twice");
    name_ = parts[0];
    scrape_.families_[name_].help = parts[1];
    return absl::OkStatus();
  }

  absl::Status TypeOf(absl::string_view line) {
    const std::vector<std::string> parts = absl::StrSplit(line, ' ');
    if (parts.size() != 2 || parts[0] != name_) return Wrong("TYPE does not follow its HELP");
    ScrapedFamily& family = scrape_.families_[name_];
    if (!family.type.empty() || !family.samples.empty()) return Wrong("TYPE twice or late");
    if (parts[1] != "counter" && parts[1] != "gauge" && parts[1] != "histogram") {
      return Wrong("unknown type");
    }
    if ((parts[1] == "counter") != absl::EndsWith(name_, "_total")) {
      return Wrong("counters, and only they, end in _total");
    }
    family.type = parts[1];
    return absl::OkStatus();
  }

  absl::Status AddSample(const SampleLine& sample) {
    ScrapedFamily& family = scrape_.families_[name_];
    if (family.type.empty()) return Wrong("a sample before its TYPE");
    const bool histogram = family.type == "histogram";
    absl::string_view suffix = sample.name;
    if (!absl::ConsumePrefix(&suffix, name_) ||
        (histogram ? suffix != "_bucket" && suffix != "_sum" && suffix != "_count"
                   : !suffix.empty())) {
      return Wrong("a sample of another family");
    }
    if (family.type == "counter" && !(sample.value >= 0)) return Wrong("a counter below 0");
    if (!family.samples.emplace(sample.Key(), sample.value).second) return Wrong("a series twice");
    return suffix == "_bucket"  ? AddBucket(sample)
           : suffix == "_count" ? EndHistogram(sample)
                                : absl::OkStatus();
  }

  absl::Status AddBucket(const SampleLine& sample) {
    double bound = 0;
    if (!ParseNumber(sample.Label("le"), &bound) || std::isnan(bound)) return Wrong("no bound");
    const std::string series = sample.Key("le");
    if (series != series_) {
      if (!series_.empty()) return Wrong("the histogram before has no count");
      series_ = series;
      bound_ = -std::numeric_limits<double>::infinity();
      at_most_ = 0;
    }
    if (bound <= bound_ || sample.value < at_most_) return Wrong("buckets do not ascend");
    bound_ = bound;
    at_most_ = sample.value;
    return absl::OkStatus();
  }

  absl::Status EndHistogram(const SampleLine& sample) {
    if (!std::isinf(bound_) || sample.value != at_most_) return Wrong("+Inf is not the count");
    series_.clear();
    return absl::OkStatus();
  }

  absl::Status EndFamily() const {
    if (name_.empty()) return absl::OkStatus();
    if (scrape_.families_.at(name_).samples.empty()) return Wrong("no sample before this");
    return series_.empty() ? absl::OkStatus() : Wrong("the histogram before has no count");
  }

  Scrape scrape_;
  std::string line_;
  std::string name_;
  std::string series_;  // of the histogram whose buckets are being read
  double bound_ = 0, at_most_ = 0;
};

absl::StatusOr<Scrape> Scrape::Parse(absl::string_view text) {
  if (!absl::ConsumeSuffix(&text, "\n")) {
    return absl::InvalidArgumentError("the last line has no line break");
  }
  ScrapeParser parser;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    VERVET_RETURN_IF_ERROR(parser.Add(line));
  }
  return parser.Finish();
}

bool Scrape::Has(const std::string& sample) const { return !std::isnan(Value(sample)); }

double Scrape::Value(const std::string& sample) const {
  for (const auto& [name, family] : families_) {
    const auto it = family.samples.find(sample);
    if (it != family.samples.end()) return it->second;
  }
  return std::nan("");
}

double Scrape::Sum(const std::string& family) const {
  double sum = 0;
  const auto it = families_.find(family);
  if (it == families_.end()) return 0;
  for (const auto& [sample, value] : it->second.samples) sum += value;
  return sum;
}

}  // namespace vervet::test_support
