// Users' reports and referrals: what is counted today, and an honest place for what a later part of the program brings.
import { type Block, type Context, countedSeries } from "../context";
import { h } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { t } from "../i18n";
import { lineChart, markerRemarks } from "../lines";
import { blockElement, fact, facts, guarded, linePoints, ofKind, pointOf, seriesTable, withheldText } from "./block";

export class ReportsBlock implements Block {
  readonly id = "reports";
  readonly element: HTMLElement;
  private readonly figure = new Figure("reports", t("reports.figure"), [t("how.reports.1")]);

  constructor() {
    this.element = blockElement(this.id, t("reports.title"), t("reports.lede"), [this.figure]);
  }

  load(context: Context): Promise<void> {
    return guarded([this.figure], async () => {
      const [answer] = await Promise.all([countedSeries(context.view), context.begun]);
      const series = ofKind(answer.series, "SERIES_REPORTS_IN_72H");
      const chart = lineChart(series.map((one) => ({ name: t("reports.figure"), points: linePoints(one) })), { label: t("reports.figure"), value: (value) => format.percent(value), axis: (value) => format.percent(value, 0), max: 1, markers: answer.markers });
      if (chart) this.figure.show({ basis: answer.basis, picture: chart, table: () => seriesTable(series, () => t("reports.figure"), (value) => format.percent(value)), remarks: markerRemarks(answer.markers) });
      else this.figure.empty(t("later.title"), t("reports.later"), answer.basis);
    });
  }
}

export class ReferralsBlock implements Block {
  readonly id = "referrals";
  readonly element: HTMLElement;
  private readonly sent = new Figure("referrals", t("referrals.figure"), [t("how.referrals.1")]);
  private readonly outcome = new Figure("referral-outcomes", t("referrals.outcome"), []);

  constructor() {
    this.element = blockElement(this.id, t("referrals.title"), t("referrals.lede"), [this.sent, this.outcome], 2);
  }

  load(context: Context): Promise<void> {
    return guarded([this.sent, this.outcome], async () => {
      const [answer] = await Promise.all([countedSeries(context.view), context.begun]);
      const series = ofKind(answer.series, "SERIES_REFERRALS");
      const number = (value: number | undefined) => (value === undefined ? "–" : format.count(value));
      const chart = lineChart(series.map((one) => ({ name: t("referrals.figure"), points: linePoints(one) })), { label: t("referrals.figure"), value: number, markers: answer.markers, height: 200 });
      if (chart) {
        this.sent.show({
          basis: answer.basis,
          picture: h("div", {}, facts(fact(t("referrals.sent"), number(pointOf(series[0], context.period)?.value), format.period(context.period))), chart),
          table: () => seriesTable(series, () => t("referrals.figure"), number),
          remarks: markerRemarks(answer.markers),
        });
      } else {
        this.sent.empty(t("referrals.none"), withheldText(series) ?? t("referrals.none_text"), answer.basis);
      }
      this.outcome.empty(t("later.title"), t("referrals.later"));
    });
  }
}
