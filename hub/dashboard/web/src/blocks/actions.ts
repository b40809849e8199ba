// What members did: effort, in each action's own unit. Never a sum, never a reduction.
import { shareBar } from "../bars";
import { type Block, type Context, countedSeries, detectionSeries } from "../context";
import { h, s } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { actionMeaning, actionName, isProactive, sourceName, t, unitName } from "../i18n";
import { lineChart, markerRemarks } from "../lines";
import type { Days, Marker, Series, SeriesAnswer } from "../types";
import { blockElement, guarded, linePoints, ofKind, pointBefore, pointOf, seriesTable, withheldText } from "./block";

// The course of one action, without an axis: the table has the numbers.
function spark(series: Series, marked: Days | undefined, markers: Marker[]): SVGSVGElement {
  const values = series.points.map((one) => one.value ?? null);
  const largest = Math.max(...values.filter((one): one is number => one !== null), 1);
  const width = 160;
  const x = (i: number) => (values.length > 1 ? 4 + (i / (values.length - 1)) * (width - 8) : width / 2);
  const y = (value: number) => 32 - (value / largest) * 26;
  let path = "";
  let pen = "M";
  values.forEach((value, i) => {
    if (value === null) pen = "M";
    else {
      path += `${pen}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
    }
  });
  const at = series.points.findIndex((one) => one.days?.begin === marked?.begin);
  // Where definitions or the frame changed, in the middle of a period at its middle.
  const changed = markers.flatMap(({ day }) => {
    const i = series.points.findIndex((one) => one.days && one.days.begin <= day && day < one.days.end);
    const days = series.points[i]?.days;
    return days ? [x(i - 0.5 + (day - days.begin) / (days.end - days.begin))] : [];
  });
  const value = at >= 0 ? values[at] : null;
  return s(
    "svg",
    { viewBox: `0 0 ${width} 36`, class: "spark", preserveAspectRatio: "xMinYMid meet", "aria-hidden": true },
    s("path", { d: `M4 32.500H${width - 4}`, class: "rail" }),
    ...changed.map((one) => s("path", { d: `M${Math.max(4, one).toFixed(1)} 2v30`, class: "changed" })),
    s("path", { d: path, class: "course" }),
    value !== null && s("circle", { cx: x(at), cy: y(value), r: 3.5 }),
  );
}

export class ActionsBlock implements Block {
  readonly id = "actions";
  readonly element: HTMLElement;
  private readonly types = new Figure("actions", t("actions.types"), [t("how.actions.1"), t("how.actions.2")]);
  private readonly sources = new Figure("detection", t("actions.sources"), [t("how.sources.1")]);
  private readonly rate = new Figure("proactive", t("actions.rate"), [t("how.rate.1")]);
  private readonly views = new Figure("views-before-removal", t("actions.views"), [t("how.views.1")]);

  constructor() {
    this.element = blockElement(this.id, t("actions.title"), t("actions.lede"), [this.types, this.sources, this.rate, this.views], 2);
    for (const wide of [this.types, this.sources]) wide.element.classList.add("span");
  }

  load(context: Context): Promise<void> {
    return guarded([this.types, this.sources, this.rate, this.views], async () => {
      const [whole, detected] = await Promise.all([countedSeries(context.view), detectionSeries(context.view), context.begun]);
      const period = context.period;
      this.showTypes(whole, period);
      this.showSources(ofKind(detected.series, "SERIES_ACTIVITY"), period, detected.basis);
      const markers = whole.markers;
      const rates = ofKind(whole.series, "SERIES_PROACTIVE_RATE");
      const rate = lineChart(rates.map((one) => ({ name: actionName(one.action), points: linePoints(one) })), { label: t("actions.rate"), value: (value) => format.percent(value), axis: (value) => format.percent(value, 0), max: 1, markers });
      if (rate) this.rate.show({ basis: whole.basis, picture: rate, table: () => seriesTable(rates, (one) => actionName(one.action), (value) => format.percent(value)), remarks: markerRemarks(markers) });
      else this.rate.empty(t("actions.rate_none"), withheldText(rates) ?? t("actions.rate_none_text"), whole.basis);
      const views = ofKind(whole.series, "SERIES_VIEWS_BEFORE_REMOVAL");
      const seen = lineChart(views.map((one) => ({ name: one.action ? actionName(one.action) : t("actions.views"), points: linePoints(one) })), { label: t("actions.views"), value: (value) => format.decimal(value), markers });
      if (seen) this.views.show({ basis: whole.basis, picture: seen, table: () => seriesTable(views, (one) => (one.action ? actionName(one.action) : t("actions.views")), (value) => format.decimal(value)), remarks: markerRemarks(markers) });
      else this.views.empty(t("actions.views_none"), withheldText(views) ?? t("actions.views_none_text"), whole.basis);
    });
  }

  private showTypes({ series: all, basis, markers }: SeriesAnswer, period: Days | undefined): void {
    const series = ofKind(all, "SERIES_ACTIVITY");
    if (series.length === 0) {
      this.types.empty(t("actions.none"), t("actions.none_text"), basis);
      return;
    }
    this.types.show({
      basis,
      table: () => seriesTable(series, (one) => actionName(one.action), (value) => (value === undefined ? "–" : format.count(value))),
      picture: h(
        "ul",
        { class: "cards" },
        ...series.map((one) => {
          const point = pointOf(one, period);
          const before = pointBefore(one, point);
          const change = point?.value !== undefined && before?.value ? point.value / before.value - 1 : undefined;
          const changeText = change === undefined ? "" : t(Math.abs(change) < 0.005 ? "actions.same" : change > 0 ? "actions.more" : "actions.less", { change: format.percent(Math.abs(change), 0) });
          return h(
            "li",
            { class: "card" },
            h("span", { class: "card-name" }, actionName(one.action)),
            h("span", { class: "card-value" }, point?.value === undefined ? (point?.withheld ? t("state.withheld") : "–") : format.count(point.value)),
            h("span", { class: "card-unit" }, point?.value === undefined ? t("actions.no_count") : `${t("actions.unit", { unit: unitName(one.unit) })}${changeText ? ` · ${changeText}` : ""}`),
            spark(one, point?.days, markers),
          );
        }),
      ),
      remarks: [t("actions.remark"), ...markerRemarks(markers)],
    });
  }

  private showSources(series: Series[], period: Days | undefined, basis: Parameters<Figure["show"]>[0]["basis"]): void {
    const known = series.filter((one) => one.detectedBy && (!actionMeaning(one.action) || actionMeaning(one.action) === "ENFORCEMENT"));
    const actions = [...new Set(known.map((one) => one.action))];
    const rows = actions
      .map((action) => {
        const parts = known
          .filter((one) => one.action === action)
          .map((one) => ({ source: one.detectedBy, value: pointOf(one, period)?.value ?? 0 }))
          .filter((one) => one.value > 0)
          .sort((a, b) => Number(isProactive(b.source)) - Number(isProactive(a.source)) || b.value - a.value);
        return { action, parts, whole: parts.reduce((sum, one) => sum + one.value, 0) };
      })
      .filter((row) => row.whole > 0);
    if (rows.length === 0) {
      this.sources.empty(t("actions.sources_none"), withheldText(series) ?? t("actions.sources_none_text"), basis);
      return;
    }
    const sources = [...new Set(rows.flatMap((row) => row.parts.map((one) => one.source)))].sort((a, b) => Number(isProactive(b)) - Number(isProactive(a)));
    const colour = (source: string) => `f${sources.indexOf(source) % 8}`;
    this.sources.show({
      basis,
      table: () => seriesTable(known, (one) => `${actionName(one.action)}, ${sourceName(one.detectedBy)}`, (value) => (value === undefined ? "–" : format.count(value))),
      picture: h(
        "div",
        {},
        h("ul", { class: "legend" }, ...sources.map((source) => h("li", { class: `swatch ${colour(source)}` }, `${sourceName(source)}${isProactive(source) ? ` (${t("actions.proactive")})` : ""}`))),
        h(
          "ul",
          { class: "share-rows" },
          ...rows.map((row) =>
            h(
              "li",
              {},
              h("span", { class: "share-name" }, actionName(row.action)),
              shareBar(row.parts.map((one) => ({ value: one.value, class: `fill ${colour(one.source)}` }))),
              h("span", { class: "share-text" }, row.parts.map((one) => `${sourceName(one.source)} ${format.percent(one.value / row.whole, 0)}`).join(" · ")),
            ),
          ),
        ),
      ),
      remarks: [t("actions.period", { period: format.period(period) })],
    });
  }
}
