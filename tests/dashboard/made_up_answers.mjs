// Answers of a hub that is not there, in protobuf's JSON mapping: a coalition of eight made-up platforms whose truth is
// stated here, so that states which a real coalition takes months to reach can be looked at.

const dayOf = (text) => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
const monthStart = (year, month) => dayOf(`${year}-${String(month).padStart(2, "0")}-01`);

export const members = [
  ["market", "Example Market", "marketplace", 0.27, "COVERAGE_ON_TIME"],
  ["bazaar", "Bazaar Online", "marketplace", 0.18, "COVERAGE_ON_TIME"],
  ["social", "Social Square", "social", 0.22, "COVERAGE_ON_TIME"],
  ["clips", "Clips", "short_video", 0.14, "COVERAGE_LATE"],
  ["stream", "Stream House", "short_video", 0.07, "COVERAGE_ON_TIME"],
  ["finder", "Finder", "search", 0.05, "COVERAGE_ON_TIME"],
  ["antique", "Antique Hall", "auction", 0.04, "COVERAGE_PARTIAL"],
  ["collect", "Collectors' Corner", "auction", 0.03, "COVERAGE_MISSING"],
];
const classes = { marketplace: ["Marketplace", "电商平台"], social: ["Social network", "社交网络"], short_video: ["Short video", "短视频"], search: ["Search", "搜索"], auction: ["Auction", "拍卖"] };
const taxa = { elephants: ["Elephants", "象"], pangolins: ["Pangolins", "穿山甲"], big_cats: ["Big cats", "大型猫科动物"], turtles: ["Turtles and tortoises", "龟类"], birds: ["Songbirds and parrots", "鸣禽与鹦鹉"] };
const actions = [
  ["listing_removed", "Listing removed", "信息删除", "listing", "ENFORCEMENT", 9200],
  ["blocked_at_upload", "Blocked at upload", "上传时拦截", "attempt", "ENFORCEMENT", 5400],
  ["account_suspended", "Account suspended", "账号暂停", "account", "ENFORCEMENT", 410],
  ["search_warning_shown", "Search warning shown", "搜索提示", "impression", "PREVENTION", 310000],
  ["user_educated", "User educated", "用户教育", "message", "PREVENTION", 8800],
];
const sources = [["automated", "Automated", "自动检测", true], ["coalition", "Coalition signature", "联盟签名", true], ["user_report", "User's report", "用户举报", false], ["ngo", "NGO", "民间组织", false]];

// As the demo's: what was made up says so wherever it is shown.
const kTitle = "Founding members (generated figures)";

const word = (id, name, nameZh) => ({ id, name, nameZh });
export const baseline = { begin: monthStart(2025, 1), end: monthStart(2026, 1) };
export const periods = Array.from({ length: 9 }, (_, i) => ({ begin: monthStart(2026, i + 1), end: monthStart(2026, i + 2) }));
const today = dayOf("2026-11-20");
const strata = Object.keys(taxa).map((taxonGroup) => ({ surface: "listings", taxonGroup, language: "en" }));

// The truth: what is left of the trade, by class, in the newest period.
const left = { marketplace: 0.12, social: 0.24, short_video: 0.31, search: 0.09, auction: 0.2 };
const wobble = (i, k) => 1 + 0.06 * Math.sin(i * 1.7 + k * 2.3);

export function madeUp(options = {}) {
  const state = { position: 48_213, verdict: "cannot-tell", point: 0.812, low: 0.764, high: 0.851, ...options };
  const basis = (question) => ({
    position: question.asOf?.position ?? String(state.position),
    timeUs: "1795161600000000",
    definitionVersion: 2,
    panel: "founders-2025",
    period: question.period ?? periods[8],
    release: 0,
    releasedUs: "0",
    restatedSince: 0,
    restatements: [],
    countedUnder: [2],
  });
  const figureBasis = (positives, sampled, count) => ({ exposure: 4.2e9, offendingExposure: 1.9e5, strata: 40, surveys: 40, members: count, covered: 0.97, sampled: String(sampled), positives: String(Math.round(positives * 1.2)), reviewedAgain: String(Math.round(positives * 1.2)), confirmed: String(positives), sensitivityMeasured: true });
  const verdictOf = (low, high) => (low >= 0.8 ? "VERDICT_MET" : high < 0.8 ? "VERDICT_NOT_MET" : "VERDICT_CANNOT_TELL");
  const spans = { code: "interval_spans_target", sentence: "The samples are too small to say on which side of the target the truth is. The planner says how many listings it takes." };
  const figure = (subset, point, low, high, positives = [412, 78], surveyors = "MEMBERS_THEMSELVES") => {
    const verdict = verdictOf(low, high);
    return { subset: { member: "", platformClass: "", taxonGroup: "", sharingGroup: "", ...subset }, surveyors, verdict, ...(verdict === "VERDICT_CANNOT_TELL" ? { reason: spans } : {}), notes: [], reduction: { point, low, high }, baseline: figureBasis(positives[0], 4_100_000, 8), followUp: figureBasis(positives[1], 4_050_000, 7), withoutFollowUp: [], withoutBaseline: [] };
  };
  const whole = () => figure({}, state.point, state.low, state.high);
  const answers = {
    session: () => ({ party: "coordinator/alice", role: "coordinator", name: "alice", coalition: "coalition.example", hub: "hub.example:7443", hosted: false }),
    version: () => ({ position: String(state.position), timeUs: "1795161600000000", newestRelease: 1, definitionVersion: 2, today }),
    definitions: () => ({
      definitions: {
        version: 2,
        actions: actions.map(([id, name, zh, unit, meaning]) => ({ word: word(id, name, zh), unit, meaning })),
        detectionSources: sources.map(([id, name, zh, proactive]) => ({ word: word(id, name, zh), proactive })),
        taxonGroups: Object.entries(taxa).map(([id, [name, zh]]) => word(id, name, zh)),
        surfaces: [word("listings", "Listings", "商品信息")],
        platformClasses: Object.entries(classes).map(([id, [name, zh]]) => word(id, name, zh)),
        languages: [word("en", "English", "英文"), word("zh", "Chinese", "中文")],
        exposureUnits: ["view"],
        positive: "An offer to sell, buy or swap a listed animal, plant or part of one, without the papers that it needs.",
        change: "Songbirds are a group of their own.",
      },
      sequence: "44000", timeUs: "1790836000000000", definedBy: "coordinator/alice", newestVersion: 2,
    }),
    panels: (question) => ({
      basis: basis(question),
      panels: state.none ? [] : [{ panel: { panel: "founders-2025", title: kTitle, baseline, unit: "view", firstPeriodBegin: periods[0].begin, periodMonths: 1, dueDays: 20, members: members.map(([name, , platformClass]) => ({ party: `member/${name}`, platformClass, strata, sharingGroups: ["coalition"] })), definitionVersion: 2 }, sequence: "120", createdUs: "1767571200000000", createdBy: "coordinator/alice", members: 8, strata: 40, periods, released: [periods[7]] }],
    }),
    reduction: (question) => {
      const head = { basis: basis(question), target: 0.8, panelTitle: kTitle, baseline, unit: "view" };
      if (state.none) return { ...head, panelTitle: "", figures: [] };
      if (question.subsets) return { ...head, figures: question.subsets.map((one) => figure(one, 0.74, 0.61, 0.83, [96, 25])) };
      return {
        ...head,
        figures: [
          whole(),
          ...(state.independent === false ? [] : [figure({}, 0.79, 0.71, 0.86, [120, 27], "INDEPENDENT_SURVEYORS")]),
          ...Object.entries(left).map(([platformClass, rest], i) => figure({ platformClass }, 1 - rest, 1 - rest * (1.35 + i * 0.1), 1 - rest * (0.7 - i * 0.03), [90 - i * 12, 20 - i * 2])),
          ...Object.keys(taxa).map((taxonGroup, i) => figure({ taxonGroup }, 0.86 - i * 0.06, 0.8 - i * 0.12, 0.91 - i * 0.05, [84 - i * 9, 15])),
          figure({ sharingGroup: "coalition" }, state.point, state.low, state.high),
          ...(question.withMembers ? members.map(([name], i) => figure({ member: `member/${name}` }, 0.85 - i * 0.02, 0.7 - i * 0.06, 0.93 - i * 0.02, [60 - i * 5, 11])) : []),
        ],
      };
    },
    coverage: (question) => ({
      basis: basis(question), dueDay: periods[8].end + 20, members: 8, complete: 6, onTime: 5, partial: 1, missing: 1, notDue: 0, exposureShare: 0.95,
      lines: [...members].reverse().map(([name, displayName, platformClass, share, coverage]) => ({
        party: `member/${name}`, displayName, platformClass, state: coverage, strata: 5, strataSurveyed: coverage === "COVERAGE_MISSING" ? 0 : coverage === "COVERAGE_PARTIAL" ? 3 : 5, strataSurveyedIndependently: name === "market" ? 5 : 0, activityContributions: 14,
        lastContributionUs: coverage === "COVERAGE_MISSING" ? "0" : "1792236000000000", missing: coverage === "COVERAGE_MISSING" ? strata : coverage === "COVERAGE_PARTIAL" ? strata.slice(3) : [], baselineExposureShare: share, signedOffBy: coverage === "COVERAGE_MISSING" ? "" : "Head of trust and safety", suspended: false,
      })),
      waitingForAPanel: [{ member: "member/newcomer", stratum: strata[0] }],
    }),
    series: (question) => {
      const point = (i, value, interval) => ({ days: periods[i], ...(value === undefined ? {} : { value }), ...(interval ? { interval: { point: value, low: interval[0], high: interval[1] } } : {}), contributors: 8, withheld: false, definitionVersions: [i < 6 ? 1 : 2] });
      const line = (kind, more, points) => ({ kind, surveyors: "MEMBERS_THEMSELVES", subset: { member: "", platformClass: "", taxonGroup: "", sharingGroup: "" }, action: "", detectedBy: "", taxon: "", unit: "share", points, ...more });
      const course = (f) => periods.map((_, i) => f(i));
      const series = [];
      for (const kind of question.kinds) {
        if (kind === "SERIES_PREVALENCE") {
          Object.entries(left).forEach(([platformClass, rest], k) => series.push(line(kind, { subset: { platformClass } }, course((i) => {
            const value = (6.5 - k * 0.9) * 1e-5 * (1 - (1 - rest) * ((i + 2) / 10)) * wobble(i, k);
            return point(i, value, [value * 0.72, value * 1.35]);
          }))));
        } else if (kind === "SERIES_REDUCTION") {
          series.push(line(kind, {}, course((i) => {
            const value = i === 8 ? state.point : state.point * (0.28 + 0.09 * i) * wobble(i, 1);
            return point(i, value, i === 8 ? [state.low, state.high] : [value - 0.11 + i * 0.006, value + 0.09 - i * 0.005]);
          })));
        } else if (kind === "SERIES_ACTIVITY") {
          for (const [k, [action, , , unit, meaning, size]] of actions.entries()) {
            const counts = (share) => course((i) => point(i, Math.round(size * share * (1.25 - i * 0.05) * wobble(i, k))));
            if (question.split === "SPLIT_DETECTION_SOURCE" && meaning === "ENFORCEMENT") sources.forEach(([detectedBy], n) => series.push(line(kind, { action, unit, detectedBy }, counts([0.46, 0.14, 0.31, 0.09][n]))));
            else series.push(line(kind, { action, unit }, counts(1)));
          }
        } else if (kind === "SERIES_PROACTIVE_RATE") {
          ["listing_removed", "account_suspended"].forEach((action, k) => series.push(line(kind, { action }, course((i) => point(i, 0.42 + 0.022 * i + 0.09 * k * wobble(i, k))))));
        } else if (kind === "SERIES_VIEWS_BEFORE_REMOVAL") {
          series.push(line(kind, { action: "listing_removed", unit: "view" }, course((i) => point(i, 61 * (1 - i * 0.06) * wobble(i, 2)))));
        } else if (kind === "SERIES_PRECISION") series.push(line(kind, {}, course((i) => point(i, 0.83 + 0.008 * i))));
        else if (kind === "SERIES_RECALL") series.push(line(kind, {}, course((i) => point(i, i % 3 === 0 ? 0.78 + 0.01 * i : undefined))));
        else if (kind === "SERIES_APPEALS") series.push(line(kind, { unit: "appeal" }, course((i) => point(i, Math.round(310 * wobble(i, 3))))));
        else if (kind === "SERIES_RESTORED") series.push(line(kind, { unit: "listing" }, course((i) => point(i, Math.round(44 * wobble(i, 4))))));
        else if (kind === "SERIES_SIGNATURES_SHARED") series.push(line(kind, { unit: "signature" }, course((i) => point(i, Math.round(220 + 30 * i * wobble(i, 2))))));
        else if (kind === "SERIES_SIGHTINGS") series.push(line(kind, { unit: "sighting" }, course((i) => point(i, Math.round(70 + 11 * i * wobble(i, 1))))));
        else if (kind === "SERIES_CROSS_MEMBER_MATCHES") series.push(line(kind, { unit: "record" }, course((i) => point(i, Math.round(40 + 8 * i * wobble(i, 5))))));
        else if (kind === "SERIES_FALSE_MATCH_RATE") series.push(line(kind, {}, course((i) => point(i, 0.012 * wobble(i, 2)))));
        else if (kind === "SERIES_REFERRALS") series.push(line(kind, { unit: "case" }, course((i) => point(i, Math.round(9 + i * 0.7)))));
        else if (kind === "SERIES_TAXA") [["Manis javanica", 31], ["Loxodonta africana", 27], ["Panthera tigris", 19], ["Testudo graeca", 14], ["Psittacus erithacus", 11], ["Helarctos malayanus", 4]].forEach(([taxon, size], k) => series.push(line(kind, { taxon, unit: "record" }, course((i) => point(i, Math.round(size * wobble(i, k)))))));
      }
      return { basis: basis(question), series: state.none ? [] : series, markers: state.none ? [] : [
        { kind: "DEFINITIONS_CHANGED", day: periods[6].begin, sequence: "44000", definitionVersion: 2, panel: "", strataAdded: 0, strataGone: 0, text: "Songbirds are a group of their own." },
      ] };
    },
    displacement: (question) => ({
      basis: basis(question),
      displacement: { offenders: "612", reappeared: "148", alreadyThere: "57", horizons: [{ days: 30, share: { point: 0.11, low: 0.088, high: 0.137 }, followed: "540" }, { days: 90, share: { point: 0.19, low: 0.16, high: 0.225 }, followed: "402" }, { days: 365, share: { point: 0.34, low: 0.28, high: 0.41 }, followed: "118" }], quarterAfterDays: 171, medianDaysOfReappeared: 33 },
    }),
    restatements: (question) => ({
      basis: basis(question),
      restatements: question.since ? [] : [{ sequence: "48190", timeUs: "1795036000000000", member: "member/clips", now: { activity: { member: "member/clips", days: periods[7], action: "listing_removed", unit: "listing", count: "1204", withdrawn: false } }, before: { activity: { member: "member/clips", days: periods[7], action: "listing_removed", unit: "listing", count: "1240", withdrawn: false } }, beforeSequence: "47001", releasesTouched: 1 }],
      markers: question.since ? [] : [{ kind: "DEFINITIONS_CHANGED", day: periods[6].begin, sequence: "44000", definitionVersion: 2, panel: "", strataAdded: 0, strataGone: 0, text: "Songbirds are a group of their own." }],
      releases: question.since ? [] : [{ release: 1, sequence: "47500", releasedUs: "1793536000000000", panel: "founders-2025", period: periods[7], note: "", releasedBy: "coordinator/alice", shown: 12, withheld: 3, replacedBy: 0 }],
      more: false,
    }),
    releases: (question) => ({ basis: basis(question), releases: [] }),
    plan: (question) => ({ target: 0.8, truth: 0.85, power: 0.8, baselinePositives: 727, followUpPositives: 109, listings: "7300000", likelyInterval: { point: 0.85, low: 0.8, high: 0.89 }, lines: [], basis: basis(question) }),
    alerts: () => ({ alerts: [{ sequence: "47999", raisedUs: "1795136000000000", kind: "CANARY_MATCHED", party: "member/clips", type: "PHONE", recordId: "", detail: "matched a record that is about nobody", closed: false, closedBy: "", note: "" }] }),
    records: (question) => ({ records: question.need === "LATE" ? [] : [{ recordId: "", publisher: "member/market", state: "IN_FORCE", unansweredDisputes: 1, answerDueUs: "1795536000000000", remedyDueUs: "0" }], more: false }),
    budgets: () => ({ lines: [{ party: "member/bazaar", type: "PHONE", dailyBudget: "1000000", usedToday: "912000", totalBudget: "100000000", usedInAll: "20100000", grants: [], dayEndsUs: "0", ownUsersToday: "0", servedToday: "0" }, { party: "member/market", type: "EMAIL", dailyBudget: "1000000", usedToday: "120000", totalBudget: "100000000", usedInAll: "40100000", grants: [], dayEndsUs: "0", ownUsersToday: "0", servedToday: "0" }] }),
  };
  return {
    state,
    // The answer to one question of the page, or undefined.
    answer: (name, question) => answers[name]?.(question ?? {}),
  };
}
