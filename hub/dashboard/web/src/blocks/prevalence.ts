// What share of what users saw was offending, over time, by platform class.
import { type Block, type Context, prevalenceSeries } from "../context";
import { Figure } from "../figure";
import * as format from "../format";
import { positiveText, t, wordName } from "../i18n";
import { lineChart, markerRemarks } from "../lines";
import type { Series } from "../types";
import { blockElement, guarded, linePoints, seriesTable, withheldText } from "./block";

export class PrevalenceBlock implements Block {
  readonly id = "prevalence";
  readonly element: HTMLElement;
  private readonly figure = new Figure("prevalence", t("prevalence.figure"), [t("how.prevalence.1"), t("how.prevalence.2"), t("how.prevalence.3")]);

  constructor() {
    this.element = blockElement(this.id, t("prevalence.title"), t("prevalence.lede"), [this.figure]);
  }

  load(context: Context): Promise<void> {
    return guarded([this.figure], async () => {
      const answer = await prevalenceSeries(context.view);
      const mixed = new Set(answer.series.map((one) => one.surveyors)).size > 1;
      const name = (one: Series) => {
        const subset = one.subset;
        const part = context.view.platformClass && subset?.taxonGroup ? wordName("taxonGroups", subset.taxonGroup) : subset?.platformClass ? wordName("platformClasses", subset.platformClass) : t("reduction.whole");
        return mixed && one.surveyors === "INDEPENDENT_SURVEYORS" ? `${part}, ${t("surveyors.independent")}` : part;
      };
      const series = answer.series.filter((one) => one.points.length > 0);
      const picture = lineChart(
        series.filter((one) => one.points.some((point) => point.value !== undefined)).map((one) => ({ name: name(one), points: linePoints(one) })),
        { label: t("prevalence.figure"), value: format.perHundredThousand, axis: (value) => format.decimal(value * 1e5, 2), markers: answer.markers, height: 300 },
      );
      if (!picture) {
        this.figure.empty(t("prevalence.none"), withheldText(series) ?? t("prevalence.none_text"), answer.basis);
        return;
      }
      this.figure.show({
        basis: answer.basis,
        picture,
        table: () => seriesTable(series, name, format.perHundredThousand),
        remarks: [t("prevalence.unit"), positiveText() && t("prevalence.positive", { text: positiveText() }), ...markerRemarks(answer.markers)],
      });
    });
  }
}
