// The first figure: by how much trade has fallen, how sure that is, and whether the target is met.
import { ask, HubError } from "../api";
import { type Block, type Context, estimatedSeries, filtered, questionOf, subsetOf } from "../context";
import { h } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { t, wordName } from "../i18n";
import { intervalLine, intervalScale, scaleStart, verdictClass, verdictMark, verdictName } from "../interval";
import { lineChart, markerRemarks } from "../lines";
import type { Figure as Answer, ReductionAnswer, Subset } from "../types";
import { blockElement, fact, facts, guarded, linePoints, ofKind, seriesTable } from "./block";

const isWhole = (subset: Subset | undefined) =>
  !subset?.member && !subset?.platformClass && !subset?.taxonGroup && !subset?.sharingGroup;

export function subsetName(subset: Subset | undefined): string {
  const parts = [
    subset?.member && format.partyName(subset.member),
    subset?.platformClass && wordName("platformClasses", subset.platformClass),
    subset?.taxonGroup && wordName("taxonGroups", subset.taxonGroup),
    subset?.sharingGroup && t("reduction.group", { group: subset.sharingGroup }),
  ].filter(Boolean);
  return parts.length ? parts.join(" · ") : t("reduction.whole");
}

function tableOf(figures: Answer[]) {
  const head = ["table.part", "table.surveyors", "table.reduction", "table.low", "table.high", "table.verdict", "table.reason", "table.positives_before", "table.positives_after", "table.reviewed_before", "table.reviewed_after", "table.members"].map((key) => t(key as "table.part"));
  const line = (one: Answer, share: (value: number | undefined) => string | number) => [
    subsetName(one.subset),
    t(one.surveyors === "INDEPENDENT_SURVEYORS" ? "surveyors.independent" : "surveyors.members"),
    share(one.reduction?.point),
    share(one.reduction?.low),
    share(one.reduction?.high),
    one.withheld ? t("state.withheld") : verdictName(one.verdict),
    format.why(one.withheld ?? one.reason),
    one.baseline?.confirmed ?? "",
    one.followUp?.confirmed ?? "",
    one.baseline?.sampled ?? "",
    one.followUp?.sampled ?? "",
    one.followUp?.members ?? "",
  ];
  return {
    head,
    rows: figures.map((one) => line(one, (value) => format.percent(value))),
    raw: figures.map((one) => line(one, (value) => value ?? "")),
    wide: 2,
  };
}

function drawn(width: number, make: (width: number) => SVGSVGElement): HTMLElement {
  const box = h("div", { class: "fluid" });
  let last = 0;
  new ResizeObserver(() => {
    const now = Math.floor(box.clientWidth);
    if (now > 0 && now !== last) {
      last = now;
      box.replaceChildren(make(now));
    }
  }).observe(box);
  box.append(make(width));
  return box;
}

export class ReductionBlock implements Block {
  readonly id = "reduction";
  readonly element: HTMLElement;
  private readonly headline = new Figure("reduction", t("reduction.title"), [t("how.reduction.1"), t("how.reduction.2"), t("how.reduction.3"), t("how.reduction.4")], { heading: false });
  private readonly parts = new Figure("reduction-parts", t("reduction.parts"), [t("how.parts.1"), t("how.parts.2")]);
  private readonly course = new Figure("reduction-course", t("reduction.course"), [t("how.course.1"), t("how.reduction.2")]);
  private readonly planText = h("p", { class: "plan", hidden: true });
  private wantsPlan = false;

  constructor() {
    this.headline.element.classList.add("hero");
    this.element = blockElement(this.id, t("reduction.title"), t("reduction.lede"), [this.headline, this.parts, this.course]);
    this.element.classList.add("first");
  }

  async load(context: Context): Promise<void> {
    const { view } = context;
    await guarded([this.headline, this.parts], async () => {
      // Members' own figures are the coordinators' to see.
      const withMembers = context.session.role === "coordinator";
      const all = await ask<ReductionAnswer>("reduction", { ...questionOf(view), withMembers });
      context.period = all.basis?.period;
      const part = filtered(view) ? await ask<ReductionAnswer>("reduction", { ...questionOf(view), subsets: [subsetOf(view)] }) : undefined;
      const figures = part ? part.figures : all.figures.filter((one) => isWhole(one.subset));
      this.showHeadline(context, part ?? all, figures);
      this.showParts(context, all);
    });
  }
  async loadRest(context: Context): Promise<void> {
    await Promise.all([guarded([this.course], () => this.loadCourse(context)), this.loadPlan(context)]);
  }

  private showHeadline(context: Context, answer: ReductionAnswer, figures: Answer[]): void {
    this.wantsPlan = false;
    const own = figures.find((one) => one.surveyors !== "INDEPENDENT_SURVEYORS") ?? figures[0];
    const other = figures.find((one) => one.surveyors === "INDEPENDENT_SURVEYORS" && one !== own);
    if (!own) {
      const released = context.panels.length > 0;
      this.headline.empty(t(released ? "reduction.not_released" : "reduction.none"), t(released ? "reduction.not_released_text" : "reduction.none_text"), answer.basis);
      return;
    }
    const { reduction } = own;
    const kind = verdictClass(own.verdict);
    const target = format.percent(answer.target, 0);
    const fell = !reduction || reduction.point >= 0;
    const eyebrow = [
      answer.panelTitle || answer.basis?.panel || "",
      t("reduction.periods", { period: format.period(answer.basis?.period), baseline: format.period(answer.baseline) }),
      ...(filtered(context.view) ? [subsetName(own.subset ?? subsetOf(context.view))] : []),
    ].join(" · ");
    const claim = own.withheld ? t("reduction.withheld") : !reduction ? t("reduction.no_figure") : t(fell ? "reduction.fell" : "reduction.rose");
    this.wantsPlan = !own.withheld && own.reason?.code === "interval_spans_target";
    const verdictTitle = own.withheld ? t("verdict.title.withheld") : t(`verdict.title.${kind}`, { target });
    const reason = own.withheld
      ? format.why(own.withheld)
      : own.verdict === "VERDICT_MET"
        ? t("verdict.met_text", { target, low: format.percent(reduction?.low) })
        : own.verdict === "VERDICT_NOT_MET"
          ? t("verdict.not_met_text", { target, high: format.percent(reduction?.high) })
          : format.why(own.reason);
    const rows = [
      { interval: reduction, verdict: own.verdict, label: other ? t("surveyors.members") : undefined },
      ...(other ? [{ interval: other.reduction, verdict: other.verdict, label: t("surveyors.independent") }] : []),
    ];
    const base = own.baseline;
    const follow = own.followUp;
    this.headline.element.dataset.verdict = kind;
    this.headline.show({
      basis: answer.basis,
      table: () => tableOf(figures),
      picture: h(
        "div",
        { class: "headline" },
        h("p", { class: "eyebrow" }, eyebrow),
        h(
          "div",
          { class: "claim-row" },
          h(
            "div",
            { class: "claim" },
            h("p", { class: "claim-text" }, claim),
            reduction && h("p", { class: "big", id: "headline-figure" }, format.percent(Math.abs(reduction.point)).replace("%", ""), h("span", { class: "unit" }, "%")),
            reduction && h("p", { class: "range-text", id: "headline-interval" }, t("reduction.interval", { low: format.percent(reduction.low), high: format.percent(reduction.high) })),
          ),
          h(
            "div",
            { class: `verdict ${own.withheld ? "cannot-tell" : kind}`, id: "headline-verdict" },
            h("p", { class: "verdict-title" }, verdictMark(own.withheld ? "VERDICT_UNSPECIFIED" : own.verdict, 28), h("span", {}, verdictTitle)),
            h("p", {}, reason),
            this.planText,
          ),
        ),
        (reduction || other?.reduction) && drawn(900, (width) => intervalScale(rows, answer.target, width)),
        other &&
          h("p", { class: "beside" }, t("reduction.independent", {
            figure: format.percent(other.reduction?.point),
            low: format.percent(other.reduction?.low),
            high: format.percent(other.reduction?.high),
            verdict: verdictName(other.verdict),
          })),
        facts(
          base && Number(base.confirmed) + Number(follow?.confirmed ?? 0) > 0
            ? fact(t("reduction.positives"), `${format.count(base.confirmed)} → ${format.count(follow?.confirmed ?? 0)}`, t("reduction.positives_text"))
            : undefined,
          base && Number(base.sampled) > 0 ? fact(t("reduction.reviewed"), `${format.compact(Number(base.sampled))} + ${format.compact(Number(follow?.sampled ?? 0))}`, t("reduction.reviewed_text")) : undefined,
          follow && fact(t("reduction.members"), format.count(follow.members), t("reduction.strata", { count: follow.strata })),
          follow && follow.covered > 0 ? fact(t("reduction.covered"), format.percent(follow.covered, 0), t("reduction.covered_text")) : undefined,
        ),
      ),
      remarks: [
        ...own.notes.map((note) => format.why(note)),
        own.withoutFollowUp.length > 0 && t("reduction.without_follow_up", { count: own.withoutFollowUp.length }),
        own.withoutBaseline.length > 0 && t("reduction.without_baseline", { count: own.withoutBaseline.length }),
      ],
    });
  }

  // What would settle it; an answer that cannot be had is left out.
  private async loadPlan(context: Context): Promise<void> {
    await context.begun;
    let text = "";
    try {
      if (this.wantsPlan) {
        const plan = await ask<{ listings: string; truth: number; power: number }>("plan", { panel: context.view.panel || context.panels[0]?.panel?.panel });
        text = t("reduction.plan", { listings: format.compact(Number(plan.listings)), truth: format.percent(plan.truth, 0), power: format.percent(plan.power, 0) });
      }
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
    }
    this.planText.textContent = text;
    this.planText.hidden = !text;
  }

  private showParts(context: Context, answer: ReductionAnswer): void {
    const figures = answer.figures.filter((one) => !isWhole(one.subset) && one.surveyors !== "INDEPENDENT_SURVEYORS");
    if (figures.length === 0) {
      this.parts.empty(t("reduction.no_parts"), t("reduction.no_parts_text"), answer.basis);
      return;
    }
    const start = scaleStart(figures.map((one) => one.reduction));
    const groups: [string, (subset: Subset) => string | undefined, (one: Subset) => Partial<Context["view"]> | null][] = [
      [t("parts.class"), (one) => one.platformClass, (one) => ({ platformClass: context.view.platformClass === one.platformClass ? "" : one.platformClass })],
      [t("parts.taxa"), (one) => one.taxonGroup, (one) => ({ taxonGroup: context.view.taxonGroup === one.taxonGroup ? "" : one.taxonGroup })],
      [t("parts.group"), (one) => one.sharingGroup, () => null],
      [t("parts.member"), (one) => one.member, () => null],
    ];
    const columns = groups.map(([title, of, change]) => {
      const rows = figures.filter((one) => one.subset && of(one.subset));
      if (rows.length === 0) return null;
      return h(
        "div",
        { class: "part-group" },
        h("h4", {}, title),
        h(
          "ul",
          { class: "parts" },
          ...rows.map((one) => {
            const step = change(one.subset!);
            const name = subsetName(one.subset);
            const active = !!step && (one.subset!.platformClass ? context.view.platformClass === one.subset!.platformClass : context.view.taxonGroup === one.subset!.taxonGroup);
            const figure = one.reduction ? `${format.percent(one.reduction.point, 0)}` : "–";
            const range = one.reduction ? ` ${format.percent(one.reduction.low, 0)} – ${format.percent(one.reduction.high, 0)}` : "";
            return h(
              "li",
              { class: active ? "active" : "" },
              step
                ? h("button", { type: "button", class: "part-name", "aria-pressed": String(active), click: () => context.change(step) }, name)
                : h("span", { class: "part-name", "data-party": one.subset!.member || undefined }, name),
              intervalLine(one.reduction, one.verdict, answer.target, start),
              h("span", { class: "part-figure" }, h("strong", {}, figure), h("span", { class: "part-range" }, range)),
              h("span", { class: "part-verdict", title: format.why(one.withheld ?? one.reason) }, verdictMark(one.verdict), h("span", {}, one.withheld ? t("state.withheld") : verdictName(one.verdict))),
            );
          }),
        ),
      );
    });
    this.parts.show({ basis: answer.basis, table: () => tableOf(figures), picture: h("div", { class: "part-groups" }, ...columns), remarks: [t("parts.remark")] });
  }

  private async loadCourse(context: Context): Promise<void> {
    const answer = await estimatedSeries(context.view);
    const series = answer.series.filter((one) => one.kind === "SERIES_REDUCTION");
    const lines = series.map((one) => ({
      name: t(one.surveyors === "INDEPENDENT_SURVEYORS" ? "surveyors.independent" : "surveyors.members"),
      points: linePoints(one),
    }));
    const withValues = lines.filter((line) => line.points.some((point) => point.value !== undefined));
    const markers = answer.markers;
    const picture = lineChart(withValues, { label: t("reduction.course"), value: (value) => format.percent(value), axis: (value) => format.percent(value, 0), target: 0.8, max: 1, markers });
    if (!picture) {
      this.course.empty(t("state.too_early"), t("reduction.course_empty"), answer.basis);
      return;
    }
    this.course.show({
      basis: answer.basis,
      picture,
      table: () => seriesTable(ofKind(series, "SERIES_REDUCTION").concat(series.filter((one) => one.surveyors === "INDEPENDENT_SURVEYORS")), (one) => t(one.surveyors === "INDEPENDENT_SURVEYORS" ? "surveyors.independent" : "surveyors.members"), (value) => format.percent(value)),
      remarks: markerRemarks(markers),
    });
  }
}
