// A strict reader of Prometheus' text format 0.0.4, for tests: what a scraper would refuse, or
// would silently take for something else, is an error here.
#ifndef VERVET_TESTS_SUPPORT_PROMETHEUS_TEXT_H_
#define VERVET_TESTS_SUPPORT_PROMETHEUS_TEXT_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::test_support {

struct ScrapedFamily {
  std::string type;  // "counter", "gauge", "histogram"
  std::string help;
  // By the sample's name and labels as they stand, {a="b",c="d"}; values unescaped.
  std::map<std::string, double> samples;
};

class Scrape {
 public:
  // INVALID_ARGUMENT, with the line: a name or label out of the alphabet; a sample before its HELP
  // and TYPE, or of another family; a family or a series twice; a counter below 0 or not named
  // _total; a histogram whose buckets do not ascend, or whose +Inf is not its count; no line break
  // at the end.
  static absl::StatusOr<Scrape> Parse(absl::string_view text);

  bool Has(const std::string& sample) const;
  // NaN where it is not there. `sample`: "name" or "name{label=\"value\"}".
  double Value(const std::string& sample) const;
  // Over all labels; 0 where the family is not there.
  double Sum(const std::string& family) const;
  const std::map<std::string, ScrapedFamily>& families() const { return families_; }

 private:
  friend class ScrapeParser;
  std::map<std::string, ScrapedFamily> families_;
};

}  // namespace vervet::test_support

#endif  // VERVET_TESTS_SUPPORT_PROMETHEUS_TEXT_H_
