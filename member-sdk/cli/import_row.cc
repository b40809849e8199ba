#include "member-sdk/cli/import_row.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/cli/text.h"
#include "member-sdk/cli/record_words.h"

namespace vervet::member_cli {
namespace {

constexpr size_t kMaxIdentifiers = 32;
constexpr size_t kMaxReferenceBytes = 256;
constexpr size_t kMaxGroups = 16;

// Cells with several values separate them by ';'.
std::vector<std::string> Values(absl::string_view cell) {
  std::vector<std::string> values;
  for (absl::string_view value : absl::StrSplit(cell, ';')) {
    value = absl::StripAsciiWhitespace(value);
    if (!value.empty()) values.emplace_back(value);
  }
  return values;
}

// An address may hold a ';' itself: there it separates only before another "http://" or "https://".
std::vector<std::string> UrlValues(absl::string_view cell) {
  std::vector<std::string> values;
  for (const std::string& piece : Values(cell)) {
    const std::string lower = absl::AsciiStrToLower(piece.substr(0, 8));
    if (values.empty() || absl::StartsWith(lower, "http://") ||
        absl::StartsWith(lower, "https://")) {
      values.push_back(piece);
    } else {
      absl::StrAppend(&values.back(), ";", piece);
    }
  }
  return values;
}

class RowParser {
 public:
  RowParser(const cli::CsvColumns& columns, const std::vector<std::string>& fields,
            const Config& config, ImportRow& row)
      : columns_(columns), fields_(fields), config_(config), row_(row) {}

  void Parse() {
    row_.image_files = Values(Cell("image"));
    if (row_.image_files.size() > kMaxImagesPerRecord) {
      Refuse("image", absl::StrCat("has more than ", kMaxImagesPerRecord, " pictures"));
    }
    ParseIdentifiers();
    ParseFacts();
    row_.record.identifiers = WithoutNames(row_.identifiers);
    row_.record.subject_reference = Cell("subject_reference");
    if (row_.record.subject_reference.size() > kMaxReferenceBytes) {
      Refuse("subject_reference",
             "is longer than 256 bytes; give the platform's own short, opaque reference");
    }
    const std::string defaults = ProblemOfDefaults(row_.record.facts, config_.options);
    if (!defaults.empty()) Refuse("", defaults);
  }

 private:
  std::string Cell(absl::string_view column) const { return columns_.Get(fields_, column); }

  void Refuse(std::string column, std::string reason) {
    if (!reason.empty()) row_.problems.push_back({std::move(column), std::move(reason)});
  }

  void ParseIdentifiers() {
    std::string region = absl::AsciiStrToUpper(Cell("phone_region"));
    if (!region.empty() && !IsRegion(region)) {
      Refuse("phone_region", "must be two letters (ISO 3166-1 alpha-2), such as GB");
    }
    if (region.empty()) region = config_.default_region;
    for (const std::string& type_name : IdentifierTypeNames()) {
      const std::string cell = Cell(type_name);
      const std::vector<std::string> values =
          type_name == IdentifierTypeName(IdentifierType::kUrl) ? UrlValues(cell) : Values(cell);
      for (size_t i = 0; i < values.size(); ++i) {
        NamedIdentifier one;
        one.name = values.size() > 1 ? absl::StrCat(type_name, " ", i + 1) : type_name;
        one.identifier.type = *ParseIdentifierType(type_name);
        one.identifier.value = values[i];
        if (one.identifier.type == IdentifierType::kPhone) one.identifier.region = region;
        row_.identifiers.push_back(std::move(one));
      }
    }
    if (row_.identifiers.empty() && row_.image_files.empty()) {
      Refuse("", absl::StrCat("has no identifier and no picture; fill at least one of ",
                              absl::StrJoin(IdentifierTypeNames(), ", "), ", image"));
    } else if (row_.identifiers.size() > kMaxIdentifiers) {
      Refuse("", absl::StrCat("has more than ", kMaxIdentifiers,
                              " identifiers; a record is one person"));
    }
  }

  // Empty cells take `otherwise`; without one they are refused.
  template <typename Value, typename ParseName>
  void ParseWord(const std::string& column, ParseName parse, const std::vector<std::string>& names,
                 std::optional<Value> otherwise, Value* value) {
    const std::string word = cli::ChoiceSpelling(Cell(column));
    const std::optional<Value> parsed = word.empty() ? otherwise : parse(word);
    if (parsed) {
      *value = *parsed;
    } else {
      Refuse(column, absl::StrCat("must be one of ", absl::StrJoin(names, ", "),
                                  cli::DidYouMean(word, names)));
    }
  }

  void ParseFacts() {
    RecordFacts& facts = row_.record.facts;
    facts.decision_reference = Cell("decision_reference");
    Refuse("decision_reference", ProblemOfDecision(facts.decision_reference));
    ParseWord<OffenceActivity>("offence", ParseOffenceActivity, ActivityNames(), std::nullopt,
                               &facts.activity);
    ParseWord<SpecimenForm>("form", ParseSpecimenForm, FormNames(), SpecimenForm::kUnspecified,
                            &facts.form);
    ParseWord<Certainty>("certainty", ParseCertainty, CertaintyNames(),
                         Certainty::kReviewerConfirmed, &facts.certainty);
    Refuse("certainty", ProblemOfCertainty(facts.certainty));
    ParseWord<Tlp>("tlp", ParseTlp, TlpNames(), Tlp::kAmber, &facts.tlp);
    facts.taxa = Values(Cell("taxa"));
    if (facts.taxa.empty()) Refuse("taxa", ProblemOfTaxon(""));
    if (facts.taxa.size() > kMaxTaxa) Refuse("taxa", absl::StrCat("has more than ", kMaxTaxa));
    for (const std::string& taxon : facts.taxa) Refuse("taxa", ProblemOfTaxon(taxon));
    facts.groups = Values(Cell("groups"));
    if (facts.groups.size() > kMaxGroups)
      Refuse("groups", absl::StrCat("has more than ", kMaxGroups));
    ParseLifetime();
  }

  void ParseLifetime() {
    const std::string cell = Cell("lifetime_days");
    if (cell.empty()) return;
    int days = 0;
    if (!absl::SimpleAtoi(cell, &days) || days < 1 || days > kMaxLifetimeDays) {
      Refuse("lifetime_days",
             absl::StrCat("must be a whole number from 1 to ", kMaxLifetimeDays, ", or empty"));
      return;
    }
    row_.record.lifetime = std::chrono::hours(24 * days);
  }

  const cli::CsvColumns& columns_;
  const std::vector<std::string>& fields_;
  const Config& config_;
  ImportRow& row_;
};

}  // namespace

const std::vector<std::string>& ImportColumns() {
  static const auto* const kColumns = new std::vector<std::string>{"decision_reference",
                                                                   "subject_reference",
                                                                   "phone",
                                                                   "phone_region",
                                                                   "email",
                                                                   "payment_account",
                                                                   "crypto_wallet",
                                                                   "platform_account",
                                                                   "url",
                                                                   "image",
                                                                   "offence",
                                                                   "form",
                                                                   "taxa",
                                                                   "certainty",
                                                                   "tlp",
                                                                   "groups",
                                                                   "lifetime_days"};
  return *kColumns;
}

const std::vector<std::string>& RequiredImportColumns() {
  static const auto* const kRequired =
      new std::vector<std::string>{"decision_reference", "offence", "taxa"};
  return *kRequired;
}

ImportRow ParseImportRow(const cli::CsvColumns& columns, const std::vector<std::string>& fields,
                         const Config& config) {
  ImportRow row;
  if (fields.size() != columns.size()) {
    row.problems.push_back(
        {"", absl::StrCat("has ", cli::Count(fields.size(), "cell"), ", the header ",
                          columns.size(), "; put a cell that holds a comma in quotes")});
    return row;
  }
  RowParser(columns, fields, config, row).Parse();
  return row;
}

RowProblem ProblemFromSdk(absl::string_view message, const std::vector<NamedIdentifier>& named) {
  const std::string explained = Explain(message, named);
  const std::string column = NamePart(explained, named);
  if (column.empty()) return {"", explained};
  return {column, explained.substr(column.size() + 2)};
}

}  // namespace vervet::member_cli
