// A block: a heading, a sentence, and its figures.
import { HubError } from "../api";
import { h } from "../dom";
import type { Figure } from "../figure";
import { t, unitName } from "../i18n";
import type { AnswerBasis, Days, Series, SeriesKind, SeriesPoint } from "../types";
import * as format from "../format";

export function blockElement(id: string, title: string, lede: string, figures: Figure[], columns = 1): HTMLElement {
  return h(
    "section",
    { class: "block", id, "aria-labelledby": `${id}-title` },
    h("div", { class: "block-head" }, h("h2", { id: `${id}-title`, tabindex: "-1" }, title), h("p", { class: "lede" }, lede)),
    h("div", { class: `figures columns-${columns}` }, ...figures.map((one) => one.element)),
  );
}

// Runs `work`; what goes wrong stands in the figures that have nothing yet. Thrown on only where the hub is away, which
// the page says once for all of them, and where it is still computing, so that the page asks again.
export async function guarded(figures: Figure[], work: () => Promise<void>): Promise<void> {
  for (const figure of figures) figure.loading();
  try {
    await work();
  } catch (error) {
    const hub = error instanceof HubError ? error : new HubError("INTERNAL", String(error));
    const computing = hub.computing;
    if (computing) {
      for (const figure of figures) figure.computing(computing.done, computing.whole);
      throw hub;
    }
    const message = hub.code === "NOT_FOUND" ? t("state.not_found") : hub.unreachable ? t("state.unreachable_short") : hub.message;
    for (const figure of figures) figure.fail(message);
    if (hub.unreachable || hub.code === "SESSION") throw hub;
    if (!(error instanceof HubError)) console.error(error);
  }
}

export const ofKind = (series: Series[], kind: SeriesKind): Series[] =>
  series.filter((one) => one.kind === kind && one.surveyors !== "INDEPENDENT_SURVEYORS");
export const hasValue = (series: Series[]): boolean => series.some((one) => one.points.some((point) => point.value !== undefined));

// The point of a period; without a period the newest that has a value.
export function pointOf(series: Series | undefined, period: Days | undefined): SeriesPoint | undefined {
  if (!series) return undefined;
  const exact = period && series.points.find((one) => one.days?.begin === period.begin && one.days.end === period.end);
  return exact ?? (period ? undefined : [...series.points].reverse().find((one) => one.value !== undefined));
}
export function pointBefore(series: Series, point: SeriesPoint | undefined): SeriesPoint | undefined {
  const at = point ? series.points.indexOf(point) : -1;
  return at > 0 ? series.points[at - 1] : undefined;
}
export const linePoints = (series: Series) =>
  series.points.filter((one) => one.days).map((one) => ({ days: one.days!, value: one.value, interval: one.interval }));

// Every point of some series as a table: period, what, value, interval, remark.
export function seriesTable(series: Series[], name: (one: Series) => string, value: (value: number | undefined) => string) {
  const intervals = series.some((one) => one.points.some((point) => point.interval));
  const head = [t("table.period"), t("table.what"), t("table.value"), ...(intervals ? [t("table.low"), t("table.high")] : []), t("table.unit"), t("table.remark")];
  const rows: (string | number)[][] = [];
  const raw: (string | number)[][] = [];
  for (const one of series) {
    for (const point of one.points) {
      const remark = point.withheld ? t("state.withheld") : format.why(point.why);
      const versions = point.definitionVersions.length ? t("basis.definitions", { versions: point.definitionVersions.join(", ") }) : "";
      const remarks = [remark, versions].filter(Boolean).join("; ");
      rows.push([
        format.period(point.days, true),
        name(one),
        value(point.value),
        ...(intervals ? [value(point.interval?.low), value(point.interval?.high)] : []),
        unitName(one.unit),
        remarks,
      ]);
      raw.push([
        point.days ? `${format.isoDay(point.days.begin)}/${format.isoDay(point.days.end - 1)}` : "",
        name(one),
        point.value ?? "",
        ...(intervals ? [point.interval?.low ?? "", point.interval?.high ?? ""] : []),
        one.unit,
        remarks,
      ]);
    }
  }
  return { head, rows, raw, wide: 2 };
}

// A number with its name, the large kind.
export function fact(label: string, value: string, detail = ""): HTMLElement {
  return h("div", { class: "fact" }, h("dt", {}, label), h("dd", {}, value, detail && h("span", { class: "detail" }, detail)));
}
export const facts = (...all: (HTMLElement | false | undefined)[]): HTMLElement => h("dl", { class: "facts" }, ...all);

export function withheldText(series: Series[]): string | undefined {
  const point = series.flatMap((one) => one.points).find((one) => one.withheld);
  return point ? format.why(point.why) || t("state.withheld") : undefined;
}
export type { AnswerBasis };
