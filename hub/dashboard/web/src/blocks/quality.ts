// How good the reviewers are, and what came back on appeal.
import { type Block, type Context, wholeSeries } from "../context";
import { h } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { t } from "../i18n";
import { lineChart } from "../lines";
import { blockElement, fact, facts, guarded, hasValue, linePoints, ofKind, pointOf, seriesTable, withheldText } from "./block";

export class QualityBlock implements Block {
  readonly id = "quality";
  readonly element: HTMLElement;
  private readonly review = new Figure("review-quality", t("quality.review"), [t("how.quality.1"), t("how.quality.2")]);
  private readonly appeals = new Figure("appeals", t("quality.appeals"), [t("how.appeals.1")]);

  constructor() {
    this.element = blockElement(this.id, t("quality.title"), t("quality.lede"), [this.review, this.appeals], 2);
  }

  load(context: Context): Promise<void> {
    return guarded([this.review, this.appeals], async () => {
      const answer = await wholeSeries(context.view);
      const named = { SERIES_PRECISION: t("quality.precision"), SERIES_RECALL: t("quality.recall"), SERIES_APPEALS: t("quality.received"), SERIES_RESTORED: t("quality.restored") } as Record<string, string>;
      const review = [...ofKind(answer.series, "SERIES_PRECISION"), ...ofKind(answer.series, "SERIES_RECALL")];
      const chart = lineChart(review.map((one) => ({ name: named[one.kind], points: linePoints(one) })), { label: t("quality.review"), value: (value) => format.percent(value), axis: (value) => format.percent(value, 0), max: 1, markers: answer.markers });
      if (chart) {
        this.review.show({
          basis: answer.basis,
          picture: h("div", {}, facts(...review.map((one) => fact(named[one.kind], format.percent(pointOf(one, context.period)?.value)))), chart),
          table: seriesTable(review, (one) => named[one.kind], (value) => format.percent(value)),
          remarks: [!hasValue(ofKind(answer.series, "SERIES_RECALL")) && t("quality.no_recall")],
        });
      } else {
        this.review.empty(t("quality.none"), withheldText(review) ?? t("quality.none_text"), answer.basis);
      }
      const appeals = [...ofKind(answer.series, "SERIES_APPEALS"), ...ofKind(answer.series, "SERIES_RESTORED")];
      const counts = lineChart(appeals.map((one) => ({ name: named[one.kind], points: linePoints(one) })), { label: t("quality.appeals"), value: (value) => (value === undefined ? "–" : format.count(value)), markers: answer.markers });
      if (!counts) {
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
          counts,
        ),
        table: seriesTable(appeals, (one) => named[one.kind], (value) => (value === undefined ? "–" : format.count(value))),
      });
    });
  }
}
