// How good the reviewers are, and what came back on appeal.
import { type Block, type Context, countedSeries, estimatedSeries } from "../context";
import { h } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { t } from "../i18n";
import { lineChart, markerRemarks } from "../lines";
import type { Series } from "../types";
import { blockElement, fact, facts, guarded, hasValue, linePoints, ofKind, pointOf, seriesTable, withheldText } from "./block";

export class QualityBlock implements Block {
  readonly id = "quality";
  readonly element: HTMLElement;
  private readonly review = new Figure("review-quality", t("quality.review"), [t("how.quality.1"), t("how.quality.2")]);
  private readonly appeals = new Figure("appeals", t("quality.appeals"), [t("how.appeals.1")]);

  constructor() {
    this.element = blockElement(this.id, t("quality.title"), t("quality.lede"), [this.review, this.appeals], 2);
  }

  async load(context: Context): Promise<void> {
    await Promise.all([this.loadReview(context), this.loadAppeals(context)]);
  }

  private loadReview(context: Context): Promise<void> {
    return guarded([this.review], async () => {
      const [answer] = await Promise.all([estimatedSeries(context.view), context.begun]);
      const recall = ofKind(answer.series, "SERIES_RECALL");
      const review = [...ofKind(answer.series, "SERIES_PRECISION"), ...recall];
      const name = (one: Series) => t(one.kind === "SERIES_RECALL" ? "quality.recall" : "quality.precision");
      const chart = lineChart(review.map((one) => ({ name: name(one), points: linePoints(one) })), { label: t("quality.review"), value: (value) => format.percent(value), axis: (value) => format.percent(value, 0), max: 1, markers: answer.markers });
      if (!chart) {
        this.review.empty(t("quality.none"), withheldText(review) ?? t("quality.none_text"), answer.basis);
        return;
      }
      this.review.show({
        basis: answer.basis,
        picture: h("div", {}, facts(...review.map((one) => fact(name(one), format.percent(pointOf(one, context.period)?.value)))), chart),
        table: () => seriesTable(review, name, (value) => format.percent(value)),
        remarks: [!hasValue(recall) && t("quality.no_recall"), ...markerRemarks(answer.markers)],
      });
    });
  }

  private loadAppeals(context: Context): Promise<void> {
    return guarded([this.appeals], async () => {
      const [answer] = await Promise.all([countedSeries(context.view), context.begun]);
      const appeals = [...ofKind(answer.series, "SERIES_APPEALS"), ...ofKind(answer.series, "SERIES_RESTORED")];
      const name = (one: Series) => t(one.kind === "SERIES_RESTORED" ? "quality.restored" : "quality.received");
      const number = (value: number | undefined) => (value === undefined ? "–" : format.count(value));
      const chart = lineChart(appeals.map((one) => ({ name: name(one), points: linePoints(one) })), { label: t("quality.appeals"), value: number, markers: answer.markers });
      if (!chart) {
        this.appeals.empty(t("quality.no_appeals"), withheldText(appeals) ?? t("quality.no_appeals_text"), answer.basis);
        return;
      }
      const received = pointOf(ofKind(answer.series, "SERIES_APPEALS")[0], context.period)?.value;
      const restored = pointOf(ofKind(answer.series, "SERIES_RESTORED")[0], context.period)?.value;
      this.appeals.show({
        basis: answer.basis,
        picture: h(
          "div",
          {},
          facts(
            received !== undefined && fact(t("quality.received"), format.count(received)),
            restored !== undefined && fact(t("quality.restored"), format.count(restored), received ? t("quality.restored_share", { share: format.percent(restored / received, 0) }) : ""),
          ),
          chart,
        ),
        table: () => seriesTable(appeals, name, number),
        remarks: markerRemarks(answer.markers),
      });
    });
  }
}
