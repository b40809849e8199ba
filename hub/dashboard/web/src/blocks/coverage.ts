// Who reported, on time or not, how much of the exposure that is, and who is missing.
import { ask } from "../api";
import { shareBar } from "../bars";
import { type Block, type Context, questionOf } from "../context";
import { h, s } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { t, wordName } from "../i18n";
import type { CoverageAnswer, CoverageState, MemberCoverage } from "../types";
import { blockElement, fact, facts, guarded } from "./block";

const kStates: CoverageState[] = ["COVERAGE_ON_TIME", "COVERAGE_LATE", "COVERAGE_PARTIAL", "COVERAGE_NOT_DUE", "COVERAGE_MISSING"];
const stateClass = (state: CoverageState) => state.replace("COVERAGE_", "").toLowerCase().replace("_", "-");
const stateName = (state: CoverageState) => t(`coverage.${stateClass(state)}`);

function stateMark(state: CoverageState): SVGSVGElement {
  const kind = stateClass(state);
  const marks: Record<string, SVGElement[]> = {
    "on-time": [s("circle", { cx: 6, cy: 6, r: 5.5 })],
    late: [s("circle", { cx: 6, cy: 6, r: 4.75, class: "hollow" }), s("path", { d: "M6 3v3.200l2.200 1.500", class: "hollow" })],
    partial: [s("circle", { cx: 6, cy: 6, r: 4.75, class: "hollow" }), s("path", { d: "M6 1.250a4.750 4.750 0 0 1 0 9.500z" })],
    "not-due": [s("circle", { cx: 6, cy: 6, r: 4.75, class: "hollow dashed" })],
    missing: [s("path", { d: "M1.500 1.500l9 9m0-9l-9 9", class: "hollow" })],
  };
  return s("svg", { viewBox: "0 0 12 12", width: 12, height: 12, class: `state ${kind}`, "aria-hidden": true }, ...(marks[kind] ?? []));
}

function strataText(line: MemberCoverage): string {
  const names = line.missing.slice(0, 4).map((one) => [wordName("surfaces", one.surface), wordName("taxonGroups", one.taxonGroup), one.language && wordName("languages", one.language)].filter(Boolean).join(", "));
  const more = line.missing.length - names.length;
  return names.join("; ") + (more > 0 ? ` ${t("coverage.more", { count: more })}` : "");
}

export class CoverageBlock implements Block {
  readonly id = "coverage";
  readonly element: HTMLElement;
  private readonly figure = new Figure("coverage", t("coverage.figure"), [t("how.coverage.1"), t("how.coverage.2")]);

  constructor() {
    this.element = blockElement(this.id, t("coverage.title"), t("coverage.lede"), [this.figure]);
  }

  load(context: Context): Promise<void> {
    return guarded([this.figure], async () => {
      await context.begun;
      const answer = await ask<CoverageAnswer>("coverage", { ...questionOf(context.view), period: context.period });
      if (answer.members === 0) {
        this.figure.empty(t("coverage.none"), t("coverage.none_text"), answer.basis);
        return;
      }
      format.knowNames(answer.lines);
      this.show(answer);
    });
  }

  private show(answer: CoverageAnswer): void {
    const absent = answer.lines.filter((one) => one.state === "COVERAGE_MISSING" || one.state === "COVERAGE_PARTIAL" || one.state === "COVERAGE_NOT_DUE");
    // Members learn how many, not who; then the shares are of members.
    const byLines = answer.lines.length === answer.members;
    const weight = (state: CoverageState) =>
      byLines
        ? answer.lines.filter((one) => one.state === state).reduce((sum, one) => sum + (one.baselineExposureShare || 1 / (answer.members * 100)), 0)
        : { COVERAGE_ON_TIME: answer.onTime, COVERAGE_LATE: answer.complete - answer.onTime, COVERAGE_PARTIAL: answer.partial, COVERAGE_MISSING: answer.missing, COVERAGE_NOT_DUE: answer.notDue, COVERAGE_STATE_UNSPECIFIED: 0 }[state];
    const count = (state: CoverageState) =>
      byLines ? answer.lines.filter((one) => one.state === state).length : weight(state);
    const period = format.period(answer.basis?.period);
    this.figure.show({
      basis: answer.basis,
      picture: h(
        "div",
        {},
        facts(
          fact(t("coverage.on_time_of"), t("coverage.of", { part: answer.onTime, whole: answer.members }), t("coverage.due", { period, day: format.day(answer.dueDay - 1) })),
          fact(t("coverage.complete"), t("coverage.of", { part: answer.complete, whole: answer.members }), answer.partial ? t("coverage.partial_count", { count: answer.partial }) : ""),
          fact(t("coverage.exposure"), answer.why ? "–" : format.percent(answer.exposureShare, 0), answer.why ? format.why(answer.why) : t("coverage.exposure_text")),
        ),
        h("div", { class: "coverage-bar" }, shareBar(kStates.map((state) => ({ value: weight(state), class: `cover ${stateClass(state)}` })))),
        h("ul", { class: "coverage-legend" }, ...kStates.filter((state) => count(state) > 0).map((state) => h("li", {}, stateMark(state), ` ${stateName(state)} `, h("strong", {}, format.count(count(state)))))),
        byLines && absent.length === 0 && h("p", { class: "all-in" }, t("coverage.all_in")),
        absent.length > 0 &&
          h(
            "div",
            { class: "absent" },
            h("h4", {}, t("coverage.who")),
            h(
              "ul",
              {},
              ...absent.map((line) =>
                h(
                  "li",
                  {},
                  stateMark(line.state),
                  h("span", { class: "who" }, format.partyName(line.party), line.suspended && h("em", {}, ` ${t("coverage.suspended")}`)),
                  h("span", { class: "share" }, t("coverage.share", { share: format.percent(line.baselineExposureShare, 0) })),
                  h("span", { class: "what" }, `${stateName(line.state)}: ${t("coverage.strata", { part: line.strataSurveyed, whole: line.strata })}`, line.state === "COVERAGE_PARTIAL" && ` — ${strataText(line)}`),
                ),
              ),
            ),
          ),
      ),
      remarks: [
        answer.waitingForAPanel.length > 0 &&
          t("coverage.waiting", { members: [...new Set(answer.waitingForAPanel.map((one) => format.partyName(one.member)))].join(", ") }),
      ],
      table: () => ({
        head: [t("table.member"), t("table.class"), t("table.state"), t("table.strata"), t("table.strata_independent"), t("table.exposure_share"), t("table.last"), t("table.signed"), t("table.missing_strata")],
        rows: answer.lines.map((line) => [
          format.partyName(line.party),
          wordName("platformClasses", line.platformClass),
          stateName(line.state),
          `${line.strataSurveyed}/${line.strata}`,
          line.strataSurveyedIndependently,
          format.percent(line.baselineExposureShare),
          format.moment(line.lastContributionUs),
          line.signedOffBy,
          strataText(line),
        ]),
        raw: answer.lines.map((line) => [
          line.party,
          line.platformClass,
          stateClass(line.state),
          `${line.strataSurveyed}/${line.strata}`,
          line.strataSurveyedIndependently,
          line.baselineExposureShare,
          Number(line.lastContributionUs) ? new Date(Number(line.lastContributionUs) / 1000).toISOString() : "",
          line.signedOffBy,
          line.missing.map((one) => `${one.surface}/${one.taxonGroup}/${one.language}`).join("; "),
        ]),
        wide: 3,
      }),
    });
  }
}
