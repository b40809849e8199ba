// Which species the records name most, and the place of new code words.
import { barList } from "../bars";
import { type Block, type Context, countedSeries } from "../context";
import { Figure } from "../figure";
import * as format from "../format";
import { t } from "../i18n";
import { blockElement, guarded, ofKind, pointOf, seriesTable, withheldText } from "./block";

const kShown = 10;

export class TaxaBlock implements Block {
  readonly id = "taxa";
  readonly element: HTMLElement;
  private readonly figure = new Figure("taxa", t("taxa.figure"), [t("how.taxa.1")]);
  private readonly words = new Figure("code-words", t("taxa.words"), []);

  constructor() {
    this.element = blockElement(this.id, t("taxa.title"), t("taxa.lede"), [this.figure, this.words], 2);
  }

  load(context: Context): Promise<void> {
    return guarded([this.figure, this.words], async () => {
      const [answer] = await Promise.all([countedSeries(context.view), context.begun]);
      const series = ofKind(answer.series, "SERIES_TAXA").filter((one) => one.taxon);
      const sums = series
        .map((one) => ({ taxon: one.taxon, value: context.period ? (pointOf(one, context.period)?.value ?? 0) : one.points.reduce((sum, point) => sum + (point.value ?? 0), 0) }))
        .filter((one) => one.value > 0)
        .sort((a, b) => b.value - a.value || a.taxon.localeCompare(b.taxon));
      this.words.empty(t("later.title"), t("taxa.later"));
      if (sums.length === 0) {
        this.figure.empty(t("taxa.none"), withheldText(series) ?? t("taxa.none_text"), answer.basis);
        return;
      }
      this.figure.show({
        basis: answer.basis,
        picture: barList(sums.slice(0, kShown).map((one) => ({ label: one.taxon, value: one.value, text: format.count(one.value) })), t("taxa.figure")),
        table: () => seriesTable(series, (one) => one.taxon, (value) => (value === undefined ? "–" : format.count(value))),
        remarks: [t("actions.period", { period: format.period(context.period) }), sums.length > kShown && t("taxa.more", { count: sums.length - kShown })],
      });
    });
  }
}
