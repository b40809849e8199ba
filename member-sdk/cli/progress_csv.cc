#include "member-sdk/cli/progress_csv.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/cli/csv.h"
#include "core/cli/flags.h"
#include "core/cli/text.h"

namespace vervet::member_cli {
namespace {

using Names = std::vector<std::string>;

const Names& ActivityColumns() {
  static const auto* const kColumns =
      new Names{"period",         "action",   "count",       "unit",
                "detected_by",    "surface",  "taxon_group", "views_before_removal",
                "views_known_of", "revision", "withdrawn"};
  return *kColumns;
}

const Names& SurveyColumns() {
  static const auto* const kColumns = new Names{"period",
                                                "surface",
                                                "taxon_group",
                                                "language",
                                                "exposure",
                                                "unit",
                                                "sampled",
                                                "positives",
                                                "reviewed_again",
                                                "confirmed",
                                                "team",
                                                "design",
                                                "inclusion_probability",
                                                "frame_listings",
                                                "design_effect",
                                                "revision",
                                                "withdrawn"};
  return *kColumns;
}

const Names& TeamColumns() {
  static const auto* const kColumns =
      new Names{"team", "found", "missed", "missed_weight", "revision", "withdrawn"};
  return *kColumns;
}

enum class Kind { kActivity, kSurvey, kTeam };

struct Header {
  Kind kind;
  cli::CsvColumns columns;
};

absl::StatusOr<Header> ReadHeader(cli::CsvReader& reader, const std::string& name) {
  cli::CsvRecord record;
  if (!reader.Next(&record)) return absl::InvalidArgumentError(absl::StrCat(name, ": is empty"));
  Names any = ActivityColumns();
  any.insert(any.end(), SurveyColumns().begin(), SurveyColumns().end());
  any.insert(any.end(), TeamColumns().begin(), TeamColumns().end());
  const auto in_file = [&](const absl::Status& status) {
    return absl::InvalidArgumentError(absl::StrCat(name, ":", record.line, ": ", status.message()));
  };
  if (!record.status.ok()) return in_file(record.status);
  const auto all = cli::CsvColumns::FromHeader(record.fields, any, {});
  if (!all.ok()) return in_file(all.status());
  Kind kind;
  Names known, required;
  if (all->has("action")) {
    kind = Kind::kActivity;
    known = ActivityColumns();
    required = {"period", "action", "count"};
  } else if (all->has("sampled")) {
    kind = Kind::kSurvey;
    known = SurveyColumns();
    required = {"period", "surface", "taxon_group", "language", "exposure",
                "unit",   "sampled", "positives",   "team"};
  } else if (all->has("found")) {
    kind = Kind::kTeam;
    known = TeamColumns();
    required = {"team", "found", "missed"};
  } else {
    return in_file(absl::InvalidArgumentError(
        "has none of the columns that tell what the file is of: action (activity), sampled "
        "(surveys), found (review teams)"));
  }
  auto columns = cli::CsvColumns::FromHeader(record.fields, known, required);
  if (!columns.ok()) return in_file(columns.status());
  return Header{kind, *std::move(columns)};
}

// Cells of one line, with what is wrong with them.
class Cells {
 public:
  Cells(const cli::CsvColumns& columns, const Names& fields, int64_t line,
        std::vector<LineProblem>* problems)
      : columns_(columns), fields_(fields), line_(line), problems_(problems) {}

  std::string Text(absl::string_view column) const { return columns_.Get(fields_, column); }

  void Refuse(std::string column, std::string reason) {
    fine_ = false;
    problems_->push_back({line_, {std::move(column), std::move(reason)}});
  }

  DayRange Period() {
    const auto days = ParseDayRange(Text("period"));
    if (days) return *days;
    Refuse("period",
           "must be a month (2026-03), a quarter (2026-Q1), a year, a day, or "
           "2026-03-02..2026-03-08");
    return {};
  }

  // Whole numbers are written without separators: "1.234" is a thousand for one reader and one for
  // another.
  template <typename Number>
  Number Whole(const std::string& column, Number otherwise) {
    const std::string cell = Text(column);
    if (cell.empty()) return otherwise;
    Number number = 0;
    if (absl::SimpleAtoi(cell, &number)) return number;
    Refuse(column, "must be a whole number, digits alone");
    return otherwise;
  }
  template <typename Number>
  Number RequiredWhole(const std::string& column) {
    if (Text(column).empty()) Refuse(column, "is empty; give a number, 0 where there was none");
    return Whole<Number>(column, 0);
  }
  double Real(const std::string& column, double otherwise) {
    const std::string cell = Text(column);
    if (cell.empty()) return otherwise;
    double number = 0;
    if (absl::SimpleAtod(cell, &number)) return number;
    Refuse(column, "must be a number with a decimal point, such as 0.001");
    return otherwise;
  }
  bool Truth(const std::string& column) {
    const std::string word = absl::AsciiStrToLower(Text(column));
    if (word.empty() || word == "no" || word == "false" || word == "0") return false;
    if (word != "yes" && word != "true" && word != "1") Refuse(column, "must be yes or no");
    return true;
  }

  bool fine() const { return fine_; }

 private:
  const cli::CsvColumns& columns_;
  const Names& fields_;
  const int64_t line_;
  std::vector<LineProblem>* const problems_;
  bool fine_ = true;
};

Activity ToActivity(Cells& cells) {
  Activity activity;
  activity.days = cells.Period();
  activity.action = cells.Text("action");
  activity.unit = cells.Text("unit");
  activity.detected_by = cells.Text("detected_by");
  activity.taxon_group = cells.Text("taxon_group");
  activity.surface = cells.Text("surface");
  activity.count = cells.RequiredWhole<uint64_t>("count");
  if (!cells.Text("views_before_removal").empty()) {
    activity.views_before_removal = cells.Whole<uint64_t>("views_before_removal", 0);
  }
  activity.views_known_of = cells.Whole<uint64_t>("views_known_of", 0);
  activity.revision = cells.Whole<uint32_t>("revision", 1);
  activity.withdrawn = cells.Truth("withdrawn");
  return activity;
}

Survey ToSurvey(Cells& cells) {
  Survey survey;
  survey.days = cells.Period();
  survey.surface = cells.Text("surface");
  survey.taxon_group = cells.Text("taxon_group");
  survey.language = cells.Text("language");
  survey.exposure = cells.Real("exposure", 0);
  survey.unit = cells.Text("unit");
  SurveySample sample;
  sample.sampled = cells.RequiredWhole<int64_t>("sampled");
  sample.positives = cells.RequiredWhole<int64_t>("positives");
  sample.reviewed_again = cells.Whole<int64_t>("reviewed_again", 0);
  sample.confirmed = cells.Whole<int64_t>("confirmed", 0);
  sample.inclusion_probability = cells.Real("inclusion_probability", 0);
  survey.samples = {sample};
  const std::string design = cli::ChoiceSpelling(cells.Text("design"));
  if (design == "score_stratified") {
    survey.design = SurveyDesign::kScoreStratified;
  } else if (!design.empty() && design != "simple") {
    cells.Refuse("design", "must be simple or score_stratified, or empty");
  }
  survey.frame_listings = cells.Real("frame_listings", 0);
  survey.design_effect = cells.Real("design_effect", 1);
  survey.team = cells.Text("team");
  survey.revision = cells.Whole<uint32_t>("revision", 1);
  survey.withdrawn = cells.Truth("withdrawn");
  return survey;
}

ReviewTeam ToTeam(Cells& cells) {
  ReviewTeam team;
  team.team = cells.Text("team");
  team.found = cells.RequiredWhole<int64_t>("found");
  team.missed = cells.RequiredWhole<int64_t>("missed");
  team.missed_weight = cells.Real("missed_weight", 1);
  team.revision = cells.Whole<uint32_t>("revision", 1);
  team.withdrawn = cells.Truth("withdrawn");
  return team;
}

bool SameCell(const Survey& a, const Survey& b) {
  return a.days == b.days && a.surface == b.surface && a.taxon_group == b.taxon_group &&
         a.language == b.language;
}

// Another band of the survey on the lines before. Empty, or the column in which the two differ
// though they are one survey.
std::string AddBand(const Survey& band, Survey* survey) {
  if (band.exposure != survey->exposure) return "exposure";
  if (band.unit != survey->unit) return "unit";
  if (band.team != survey->team) return "team";
  if (band.frame_listings != survey->frame_listings) return "frame_listings";
  if (band.design_effect != survey->design_effect) return "design_effect";
  if (band.revision != survey->revision) return "revision";
  if (band.withdrawn != survey->withdrawn) return "withdrawn";
  survey->design = SurveyDesign::kScoreStratified;
  survey->samples.push_back(band.samples.front());
  return "";
}

void Take(Kind kind, Cells cells, int64_t line, ProgressFile* file) {
  if (kind == Kind::kSurvey) {
    Survey survey = ToSurvey(cells);
    if (!cells.fine()) return;
    Survey* const before =
        file->rows.empty() ? nullptr : std::get_if<Survey>(&file->rows.back().contribution);
    if (before != nullptr && SameCell(*before, survey)) {
      const std::string differs = AddBand(survey, before);
      if (!differs.empty()) {
        cells.Refuse(differs, absl::StrCat("is not as on line ", file->rows.back().lines.front(),
                                           ", though the two are bands of one survey"));
      }
      file->rows.back().lines.push_back(line);
      return;
    }
    file->rows.push_back({{line}, std::move(survey)});
    return;
  }
  Contribution contribution;
  if (kind == Kind::kActivity) {
    contribution = ToActivity(cells);
  } else {
    contribution = ToTeam(cells);
  }
  if (cells.fine()) file->rows.push_back({{line}, std::move(contribution)});
}

// "activity.count", "survey.samples[2].positives", "stratum.surface" to a column; "samples[2]" sets
// the band.
std::string ColumnOf(absl::string_view path, int* band) {
  for (const absl::string_view prefix : {"activity.", "survey.", "team.", "stratum."}) {
    absl::ConsumePrefix(&path, prefix);
  }
  if (absl::ConsumePrefix(&path, "samples[")) {
    const size_t close = path.find(']');
    if (close == absl::string_view::npos || !absl::SimpleAtoi(path.substr(0, close), band)) {
      return "";
    }
    path.remove_prefix(close + 1);
    absl::ConsumePrefix(&path, ".");
  }
  return path == "days" ? "period" : std::string(path);
}

// Of "field: what" or "field what: remedy": the field's end.
size_t PathEnd(absl::string_view text) { return text.find_first_of(": "); }

}  // namespace

absl::StatusOr<ProgressFile> ReadProgressFile(std::istream& in, const std::string& name) {
  cli::CsvReader reader(in);
  VERVET_ASSIGN_OR_RETURN(const Header header, ReadHeader(reader, name));
  ProgressFile file;
  file.kind = header.kind == Kind::kActivity ? "activity"
              : header.kind == Kind::kSurvey ? "survey"
                                             : "review team";
  cli::CsvRecord record;
  while (reader.Next(&record)) {
    ++file.lines;
    if (!record.status.ok()) {
      file.problems.push_back({record.line, {"", std::string(record.status.message())}});
    } else if (record.fields.size() != header.columns.size()) {
      file.problems.push_back(
          {record.line,
           {"", absl::StrCat("has ", cli::Count(record.fields.size(), "cell"), ", the header ",
                             header.columns.size(), "; put a cell that holds a comma in quotes")}});
    } else {
      Take(header.kind, Cells(header.columns, record.fields, record.line, &file.problems),
           record.line, &file);
    }
  }
  return file;
}

std::string ProgressColumnsHelp() {
  return "Activity, one count a line:\n"
         "  period                2026-03, 2026-Q1, 2026-03-02..2026-03-08 (the last included)\n"
         "  action                an action of the definitions\n"
         "  count                 in the action's unit\n"
         "  unit                  may be empty; where given, it must be the action's\n"
         "  detected_by           how it was found; of enforcement alone\n"
         "  surface, taxon_group  empty: not told apart\n"
         "  views_before_removal, views_known_of\n"
         "                        views of so many of the counted items, where they are known\n"
         "\nSurveys, one sample a line; lines that follow one another with the same period, "
         "surface, "
         "taxon_group and language are bands of one score-stratified survey:\n"
         "  period, surface, taxon_group, language\n"
         "  exposure, unit        V over the period, in the panel's unit\n"
         "  sampled, positives    listings reviewed, and those called positive\n"
         "  reviewed_again, confirmed\n"
         "                        of the positives, reviewed by a second person, and confirmed\n"
         "  inclusion_probability of a listing of the band, in (0, 1]\n"
         "  team                  who reviewed, a word of your own\n"
         "  design, frame_listings, design_effect\n"
         "                        simple or score_stratified; may be empty\n"
         "\nReview teams, one a line:\n"
         "  team, found, missed   known positives that it found, and that it missed\n"
         "  missed_weight         may be empty: 1, a gold set\n"
         "\nIn each: revision (empty: 1) and withdrawn (yes or no).";
}

std::vector<ContributionProblem> ContributionProblems(absl::string_view message,
                                                      std::string* rest) {
  constexpr absl::string_view kBegin = "contributions[";
  std::vector<ContributionProblem> problems;
  size_t at = message.find(kBegin);
  *rest = std::string(message.substr(0, at));
  while (at != absl::string_view::npos) {
    const size_t next = message.find(kBegin, at + 1);
    absl::string_view piece =
        message.substr(at, next == absl::string_view::npos ? next : next - at);
    at = next;
    ContributionProblem problem;
    absl::ConsumePrefix(&piece, kBegin);
    const size_t close = piece.find(']');
    if (close == absl::string_view::npos ||
        !absl::SimpleAtoi(piece.substr(0, close), &problem.contribution)) {
      absl::StrAppend(rest, kBegin, piece);
      continue;
    }
    piece.remove_prefix(close + 1);
    // "of contributions[3] are these too": another's index inside the words.
    if (!absl::ConsumePrefix(&piece, ".") && !problems.empty()) {
      absl::StrAppend(&problems.back().problem.reason, " another line", piece);
      continue;
    }
    const size_t end = std::min(PathEnd(piece), piece.size());
    problem.problem.column = ColumnOf(piece.substr(0, end), &problem.band);
    piece.remove_prefix(end);
    absl::ConsumePrefix(&piece, ":");
    piece = absl::StripAsciiWhitespace(piece);
    absl::ConsumeSuffix(&piece, ".");
    problem.problem.reason = std::string(piece);
    problems.push_back(std::move(problem));
  }
  return problems;
}

}  // namespace vervet::member_cli
