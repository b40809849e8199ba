// The answers of the hub, in protobuf's JSON mapping (proto/vervet/v1/progress.proto): 64-bit numbers are strings,
// absent messages are undefined, lists are always there.

export interface Days {
  begin: number; // since 1970-01-01, UTC
  end: number; // the first day after
}
export interface Why {
  code: string;
  sentence: string;
}
export interface Interval {
  point: number;
  low: number;
  high: number;
}
export interface Subset {
  member?: string;
  platformClass?: string;
  taxonGroup?: string;
  sharingGroup?: string;
}
export type Surveyors = "SURVEYORS_UNSPECIFIED" | "MEMBERS_THEMSELVES" | "INDEPENDENT_SURVEYORS";
export type Verdict = "VERDICT_UNSPECIFIED" | "VERDICT_CANNOT_TELL" | "VERDICT_MET" | "VERDICT_NOT_MET";

export interface Stratum {
  surface: string;
  taxonGroup: string;
  language: string;
}
export interface MemberStratum {
  member: string;
  stratum?: Stratum;
}
export interface FigureBasis {
  exposure: number;
  offendingExposure: number;
  strata: number;
  surveys: number;
  members: number;
  covered: number;
  sampled: string;
  positives: string;
  reviewedAgain: string;
  confirmed: string;
  sensitivityMeasured: boolean;
}
export interface Figure {
  subset?: Subset;
  surveyors: Surveyors;
  verdict: Verdict;
  reason?: Why;
  notes: Why[];
  reduction?: Interval;
  baseline?: FigureBasis;
  followUp?: FigureBasis;
  withoutFollowUp: MemberStratum[];
  withoutBaseline: MemberStratum[];
  withheld?: Why;
}
export interface Contribution {
  activity?: { member: string; days?: Days; action: string; unit: string; count: string; withdrawn: boolean };
  survey?: {
    member: string;
    days?: Days;
    stratum?: Stratum;
    exposure: number;
    unit: string;
    samples: { sampled: string; positives: string; confirmed: string }[];
    withdrawn: boolean;
  };
  team?: { member: string; team: string; found: string; missed: string; withdrawn: boolean };
}
export interface Restatement {
  sequence: string;
  timeUs: string;
  member: string;
  now?: Contribution;
  before?: Contribution;
  beforeSequence: string;
  releasesTouched: number;
}
export interface AnswerBasis {
  position: string;
  timeUs: string;
  definitionVersion: number;
  panel: string;
  period?: Days;
  release: number;
  releasedUs: string;
  restatedSince: number;
  restatements: Restatement[];
  countedUnder: number[]; // versions of the definitions
}
export interface ReductionAnswer {
  basis?: AnswerBasis;
  target: number;
  figures: Figure[];
  panelTitle: string;
  baseline?: Days;
  unit: string;
}

export type CoverageState =
  | "COVERAGE_STATE_UNSPECIFIED"
  | "COVERAGE_ON_TIME"
  | "COVERAGE_LATE"
  | "COVERAGE_PARTIAL"
  | "COVERAGE_MISSING"
  | "COVERAGE_NOT_DUE";
export interface MemberCoverage {
  party: string;
  displayName: string;
  platformClass: string;
  state: CoverageState;
  strata: number;
  strataSurveyed: number;
  strataSurveyedIndependently: number;
  activityContributions: number;
  lastContributionUs: string;
  missing: Stratum[];
  baselineExposureShare: number;
  signedOffBy: string;
  suspended: boolean;
}
export interface CoverageAnswer {
  basis?: AnswerBasis;
  dueDay: number;
  members: number;
  complete: number;
  onTime: number;
  partial: number;
  missing: number;
  notDue: number;
  exposureShare: number;
  lines: MemberCoverage[];
  waitingForAPanel: MemberStratum[];
  why?: Why;
}

export type SeriesKind =
  | "SERIES_PREVALENCE"
  | "SERIES_REDUCTION"
  | "SERIES_ACTIVITY"
  | "SERIES_PROACTIVE_RATE"
  | "SERIES_VIEWS_BEFORE_REMOVAL"
  | "SERIES_PRECISION"
  | "SERIES_RECALL"
  | "SERIES_APPEALS"
  | "SERIES_RESTORED"
  | "SERIES_SIGNATURES_SHARED"
  | "SERIES_SIGHTINGS"
  | "SERIES_CROSS_MEMBER_MATCHES"
  | "SERIES_FALSE_MATCH_RATE"
  | "SERIES_REAPPEARED"
  | "SERIES_REPORTS_IN_72H"
  | "SERIES_REFERRALS"
  | "SERIES_TAXA";
export interface SeriesPoint {
  days?: Days;
  value?: number;
  interval?: Interval;
  contributors: number;
  why?: Why;
  withheld: boolean;
  definitionVersions: number[];
}
export interface Series {
  kind: SeriesKind;
  surveyors: Surveyors;
  subset?: Subset;
  action: string;
  detectedBy: string;
  taxon: string;
  unit: string;
  points: SeriesPoint[];
}
export interface Marker {
  kind: "MARKER_KIND_UNSPECIFIED" | "DEFINITIONS_CHANGED" | "PANEL_CREATED_MARKER" | "FRAME_CHANGED";
  day: number;
  sequence: string;
  definitionVersion: number;
  panel: string;
  strataAdded: number;
  strataGone: number;
  text: string;
}
export interface SeriesAnswer {
  basis?: AnswerBasis;
  series: Series[];
  markers: Marker[];
  computing?: { computed: number; periods: number }; // then there are no series yet
}
export interface DisplacementAnswer {
  basis?: AnswerBasis;
  displacement?: {
    offenders: string;
    reappeared: string;
    alreadyThere: string;
    horizons: { days: number; share?: Interval; followed: string }[];
    quarterAfterDays?: number;
    halfAfterDays?: number;
    medianDaysOfReappeared?: number;
    withheld?: Why;
  };
}
export interface ReleaseLine {
  release: number;
  sequence: string;
  releasedUs: string;
  panel: string;
  period?: Days;
  note: string;
  releasedBy: string;
  shown: number;
  withheld: number;
  replacedBy: number;
}
export interface RestatementsAnswer {
  basis?: AnswerBasis;
  restatements: Restatement[];
  markers: Marker[];
  releases: ReleaseLine[];
  more: boolean;
}
export interface Word {
  id: string;
  name: string;
  nameZh: string;
}
export interface Definitions {
  version: number;
  actions: { word?: Word; unit: string; meaning: string }[];
  detectionSources: { word?: Word; proactive: boolean }[];
  taxonGroups: Word[];
  surfaces: Word[];
  platformClasses: Word[];
  languages: Word[];
  exposureUnits: string[];
  positive: string;
  change: string;
}
export interface DefinitionsAnswer {
  definitions?: Definitions;
  sequence: string;
  timeUs: string;
  definedBy: string;
  newestVersion: number;
}
export interface PanelLine {
  panel?: { panel: string; title: string; baseline?: Days; unit: string; members: { party: string; platformClass: string }[] };
  members: number;
  strata: number;
  periods: Days[];
  released: Days[];
}
export interface PanelsAnswer {
  basis?: AnswerBasis;
  panels: PanelLine[];
}
export interface VersionAnswer {
  position: string;
  timeUs: string;
  newestRelease: number;
  definitionVersion: number;
  today: number;
}
export interface AlertsAnswer {
  alerts: { sequence: string; raisedUs: string; kind: string; party: string; detail: string; closed: boolean }[];
}
export interface RecordsAnswer {
  records: { publisher: string; state: string; unansweredDisputes: number; answerDueUs: string; remedyDueUs: string }[];
  more: boolean;
}
export interface BudgetsAnswer {
  lines: { party: string; type: string; dailyBudget: string; usedToday: string; totalBudget: string; usedInAll: string }[];
}
export interface SessionAnswer {
  party: string;
  role: string;
  name: string;
  coalition: string;
  hub: string;
  hosted: boolean;
}
