// What waits for a person, beyond figures: alerts, disputes and remedies, budgets that run out.
import { ask, HubError } from "../api";
import type { Block } from "../context";
import { h } from "../dom";
import { Figure } from "../figure";
import * as format from "../format";
import { t } from "../i18n";
import type { AlertsAnswer, BudgetsAnswer, RecordsAnswer } from "../types";
import { blockElement, fact, facts, guarded } from "./block";

// A budget of which so much is used wants a look before it refuses somebody.
const kNearlyUsed = 0.8;
const words = (name: string) => name.toLowerCase().replace(/_/g, " ");

// What a role may not ask is not there for it.
async function allowed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HubError && ["PERMISSION_DENIED", "UNIMPLEMENTED", "FAILED_PRECONDITION"].includes(error.code)) return undefined;
    throw error;
  }
}

export class DeskBlock implements Block {
  readonly id = "desk";
  readonly element: HTMLElement;
  private readonly figure = new Figure("desk", t("desk.figure"), [t("how.desk.1")]);

  constructor() {
    this.element = blockElement(this.id, t("desk.title"), t("desk.lede"), [this.figure]);
  }

  load(): Promise<void> {
    return guarded([this.figure], async () => {
      const [alerts, disputes, late, budgets] = await Promise.all([
        allowed(ask<AlertsAnswer>("alerts")),
        allowed(ask<RecordsAnswer>("records", { need: "OPEN_DISPUTES", limit: 1000 })),
        allowed(ask<RecordsAnswer>("records", { need: "LATE", limit: 1000 })),
        allowed(ask<BudgetsAnswer>("budgets")),
      ]);
      const size = (answer: RecordsAnswer | undefined) => (answer ? `${format.count(answer.records.length)}${answer.more ? "+" : ""}` : "–");
      const used = (budgets?.lines ?? [])
        .map((one) => ({ ...one, share: Math.max(Number(one.usedToday) / Math.max(1, Number(one.dailyBudget)), Number(one.usedInAll) / Math.max(1, Number(one.totalBudget))) }))
        .sort((a, b) => b.share - a.share);
      const near = used.filter((one) => one.share >= kNearlyUsed);
      const open = alerts?.alerts ?? [];
      if (!alerts && !budgets && !disputes) {
        this.figure.empty(t("desk.not_yours"), t("desk.not_yours_text"));
        return;
      }
      this.figure.show({
        picture: h(
          "div",
          {},
          facts(
            fact(t("desk.alerts"), alerts ? format.count(open.length) : "–", t("desk.alerts_text")),
            fact(t("desk.disputes"), size(disputes), t("desk.disputes_text")),
            fact(t("desk.late"), size(late), t("desk.late_text")),
            fact(t("desk.budgets"), budgets ? format.count(near.length) : "–", t("desk.budgets_text")),
          ),
          open.length > 0 && h("ul", { class: "changes" }, ...open.slice(0, 8).map((one) => h("li", { class: "change" }, h("span", { class: "change-kind" }, words(one.kind)), h("span", {}, h("strong", { "data-party": one.party }, format.partyName(one.party)), ` ${one.detail}`), h("time", {}, format.moment(one.raisedUs))))),
          near.length > 0 && h("ul", { class: "changes" }, ...near.slice(0, 8).map((one) => h("li", { class: "change" }, h("span", { class: "change-kind" }, t("desk.budget")), h("span", {}, h("strong", { "data-party": one.party }, format.partyName(one.party)), ` ${words(one.type)}: ${t("desk.used", { share: format.percent(one.share, 0) })}`)))),
        ),
        table: () => ({
          head: [t("table.member"), t("table.what"), t("desk.used_today"), t("desk.daily"), t("desk.used_in_all"), t("desk.total")],
          rows: used.map((one) => [format.partyName(one.party), words(one.type), format.count(one.usedToday), format.count(one.dailyBudget), format.count(one.usedInAll), format.count(one.totalBudget)]),
          raw: used.map((one) => [one.party, one.type, one.usedToday, one.dailyBudget, one.usedInAll, one.totalBudget]),
          wide: 2,
        }),
      });
    });
  }
}
