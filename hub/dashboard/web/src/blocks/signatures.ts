// What sharing does: signatures, matches across members, wrong ones, and whether offenders go elsewhere.
import { ask } from "../api";
import { type Block, type Context, countedSeries } from "../context";
import { h, s } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { t } from "../i18n";
import { lineChart } from "../lines";
import type { DisplacementAnswer, SeriesKind } from "../types";
import { blockElement, fact, facts, guarded, linePoints, ofKind, pointOf, seriesTable, withheldText } from "./block";

const number = (value: number | undefined) => (value === undefined ? "–" : format.count(value));

export class SignaturesBlock implements Block {
  readonly id = "signatures";
  readonly element: HTMLElement;
  private readonly shared = new Figure("signatures", t("signatures.figure"), [t("how.signatures.1"), t("how.signatures.2"), t("how.signatures.3")]);
  private readonly elsewhere = new Figure("displacement", t("signatures.elsewhere"), [t("how.displacement.1"), t("how.displacement.2")]);

  constructor() {
    this.element = blockElement(this.id, t("signatures.title"), t("signatures.lede"), [this.shared, this.elsewhere], 2);
  }

  load(context: Context): Promise<void> {
    return guarded([this.shared, this.elsewhere], async () => {
      const [answer, displacement] = await Promise.all([
        countedSeries(context.view),
        ask<DisplacementAnswer>("displacement", { asOf: context.view.asOf }),
        context.begun,
      ]);
      const of = (kind: SeriesKind) => ofKind(answer.series, kind);
      const names: Record<string, string> = {
        SERIES_SIGNATURES_SHARED: t("signatures.shared"),
        SERIES_SIGHTINGS: t("signatures.sightings"),
        SERIES_CROSS_MEMBER_MATCHES: t("signatures.cross"),
        SERIES_FALSE_MATCH_RATE: t("signatures.false"),
      };
      const counted = [...of("SERIES_SIGNATURES_SHARED"), ...of("SERIES_CROSS_MEMBER_MATCHES"), ...of("SERIES_SIGHTINGS")];
      const wrong = of("SERIES_FALSE_MATCH_RATE");
      const at = (kind: SeriesKind) => pointOf(of(kind)[0], context.period)?.value;
      const chart = lineChart(counted.map((one) => ({ name: names[one.kind], points: linePoints(one) })), { label: t("signatures.figure"), value: number });
      if (chart) {
        this.shared.show({
          basis: answer.basis,
          picture: h(
            "div",
            {},
            facts(
              fact(t("signatures.shared"), number(at("SERIES_SIGNATURES_SHARED"))),
              fact(t("signatures.cross"), number(at("SERIES_CROSS_MEMBER_MATCHES"))),
              fact(t("signatures.false"), format.percent(at("SERIES_FALSE_MATCH_RATE"))),
            ),
            chart,
          ),
          table: () => seriesTable([...counted, ...wrong], (one) => names[one.kind], (value) => format.decimal(value, 4)),
        });
      } else {
        this.shared.empty(t("signatures.none"), withheldText(counted) ?? t("signatures.none_text"), answer.basis);
      }
      this.showDisplacement(displacement);
    });
  }

  private showDisplacement(answer: DisplacementAnswer): void {
    const found = answer.displacement;
    if (!found || found.withheld || Number(found.offenders) === 0) {
      this.elsewhere.empty(t("signatures.elsewhere_none"), found?.withheld ? format.why(found.withheld) : t("signatures.elsewhere_none_text"), answer.basis);
      return;
    }
    const rows = found.horizons;
    this.elsewhere.show({
      basis: answer.basis,
      picture: h(
        "div",
        {},
        facts(
          fact(t("signatures.reappeared"), t("coverage.of", { part: format.count(found.reappeared), whole: format.count(found.offenders) }), t("signatures.reappeared_text")),
          fact(t("signatures.half"), found.quarterAfterDays !== undefined ? t("signatures.days", { days: format.decimal(found.quarterAfterDays, 0) }) : t("signatures.not_yet")),
        ),
        h(
          "ul",
          { class: "horizons" },
          ...rows.map((row) => {
            const bar = s("svg", { viewBox: "0 0 100 16", preserveAspectRatio: "none", "aria-hidden": true }, s("rect", { x: 0, y: 5, width: 100, height: 6, class: "rail" }));
            if (row.share) {
              bar.append(
                s("rect", { x: 0, y: 5, width: row.share.point * 100, height: 6, class: "bar" }),
                s("rect", { x: row.share.low * 100, y: 3, width: Math.max(0.6, (row.share.high - row.share.low) * 100), height: 10, class: "range-box" }),
              );
            }
            return h(
              "li",
              {},
              h("span", {}, t("signatures.within", { days: row.days })),
              bar,
              h("span", { class: "bar-value" }, row.share ? `${format.percent(row.share.point, 0)} (${format.percent(row.share.low, 0)} – ${format.percent(row.share.high, 0)})` : t("signatures.not_followed")),
            );
          }),
        ),
      ),
      remarks: [Number(found.alreadyThere) > 0 && t("signatures.already", { count: format.count(found.alreadyThere) })],
      table: () => ({
        head: [t("table.horizon"), t("table.share"), t("table.low"), t("table.high"), t("table.followed")],
        rows: rows.map((row) => [t("signatures.within", { days: row.days }), format.percent(row.share?.point), format.percent(row.share?.low), format.percent(row.share?.high), format.count(row.followed)]),
        raw: rows.map((row) => [row.days, row.share?.point ?? "", row.share?.low ?? "", row.share?.high ?? "", row.followed]),
      }),
    });
  }
}
