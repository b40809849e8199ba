// What is counted otherwise than at the last look: restatements, definitions, frames, releases.
import { ask } from "../api";
import { type Block, type Context } from "../context";
import { h } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { actionName, t, wordName } from "../i18n";
import { markerText } from "../lines";
import type { Contribution, Restatement, RestatementsAnswer } from "../types";
import { blockElement, guarded } from "./block";

const kStore = "vervet.last-look";
function lastLook(): { position: string; at: number } | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(kStore) ?? "null") as { position: string; at: number } | null;
    return kept && /^\d+$/.test(kept.position) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function cell(one: Contribution | undefined): string {
  if (one?.activity) return `${actionName(one.activity.action)}, ${format.period(one.activity.days, true)}`;
  if (one?.survey) return `${t("changes.survey")}: ${wordName("surfaces", one.survey.stratum?.surface ?? "")}, ${wordName("taxonGroups", one.survey.stratum?.taxonGroup ?? "")}, ${format.period(one.survey.days, true)}`;
  if (one?.team) return `${t("changes.team")}: ${one.team.team}`;
  return "–";
}
function amount(one: Contribution | undefined): string {
  if (!one) return "–";
  if (one.activity) return one.activity.withdrawn ? t("changes.withdrawn") : format.count(one.activity.count);
  if (one.survey) {
    if (one.survey.withdrawn) return t("changes.withdrawn");
    const sum = (of: (sample: { sampled: string; positives: string }) => string) => one.survey!.samples.reduce((all, sample) => all + Number(of(sample)), 0);
    return t("changes.sample", { positives: format.count(sum((x) => x.positives)), sampled: format.count(sum((x) => x.sampled)) });
  }
  if (one.team) return one.team.withdrawn ? t("changes.withdrawn") : t("changes.found", { found: format.count(one.team.found), missed: format.count(one.team.missed) });
  return "–";
}

export class ChangesBlock implements Block {
  readonly id = "changes";
  readonly element: HTMLElement;
  private readonly figure = new Figure("changes", t("changes.figure"), [t("how.changes.1"), t("how.changes.2")]);

  constructor() {
    this.element = blockElement(this.id, t("changes.title"), t("changes.lede"), [this.figure]);
  }

  load(context: Context): Promise<void> {
    return guarded([this.figure], async () => {
      const look = lastLook();
      const answer = await ask<RestatementsAnswer>("restatements", look ? { since: { position: look.position } } : {});
      const items: { sequence: number; element: HTMLElement }[] = [
        ...answer.restatements.map((one) => this.restatement(one)),
        ...answer.markers.map((one) => ({ sequence: Number(one.sequence) || one.day, element: h("li", { class: "change" }, h("span", { class: "change-kind" }, t("changes.marker")), h("span", {}, markerText(one))) })),
        ...answer.releases.map((one) => ({
          sequence: Number(one.sequence),
          element: h(
            "li",
            { class: "change" },
            h("span", { class: "change-kind" }, t("changes.release")),
            h("span", {}, t("changes.released", { release: one.release, panel: one.panel, period: format.period(one.period, true), who: format.bare(one.releasedBy), shown: one.shown, withheld: one.withheld }), one.note && ` “${one.note}”`),
            h("time", {}, format.moment(one.releasedUs)),
          ),
        })),
      ].sort((a, b) => b.sequence - a.sequence);
      const seen = h("button", { type: "button", class: "tool", click: () => this.markSeen(context, answer) }, t("changes.mark"));
      const since = look ? t("changes.since", { position: format.count(look.position), at: format.moment(look.at * 1000) }) : t("changes.since_start");
      this.figure.show({
        basis: answer.basis,
        picture: h(
          "div",
          {},
          h("p", { class: "since" }, since, " ", items.length > 0 && seen),
          items.length === 0 ? h("div", { class: "empty" }, h("p", { class: "empty-title" }, t("changes.none")), h("p", {}, t("changes.none_text"))) : h("ul", { class: "changes" }, ...items.slice(0, 50).map((one) => one.element)),
        ),
        remarks: [answer.more && t("changes.more")],
        table: () => ({
          head: [t("table.time"), t("table.member"), t("table.what"), t("table.before"), t("table.now"), t("table.releases")],
          rows: answer.restatements.map((one) => [format.moment(one.timeUs), format.partyName(one.member), cell(one.now), amount(one.before), amount(one.now), one.releasesTouched]),
          wide: 5,
        }),
      });
    });
  }

  private restatement(one: Restatement): { sequence: number; element: HTMLElement } {
    return {
      sequence: Number(one.sequence),
      element: h(
        "li",
        { class: "change" },
        h("span", { class: "change-kind" }, t("changes.restated")),
        h("span", {}, h("strong", { "data-party": one.member }, format.partyName(one.member)), ` ${cell(one.now)}: `, h("del", {}, amount(one.before)), " → ", h("ins", {}, amount(one.now)), one.releasesTouched > 0 && h("em", {}, ` ${t("changes.touches", { count: one.releasesTouched })}`)),
        h("time", {}, format.moment(one.timeUs)),
      ),
    };
  }

  private markSeen(context: Context, answer: RestatementsAnswer): void {
    try {
      localStorage.setItem(kStore, JSON.stringify({ position: answer.basis?.position ?? context.version.position, at: Date.now() }));
    } catch {
      return; // without storage there is no last look
    }
    void this.load(context);
    document.getElementById("changes-title")?.focus();
  }
}
