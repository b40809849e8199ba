// What is shown: panel, period, part, as of when.
import { type Context, kStartView, type View } from "./context";
import { h } from "./dom";
import * as format from "./format";
import { t, wordName } from "./i18n";
import type { Days } from "./types";

const keyOf = (days: Days | undefined) => (days ? `${days.begin}-${days.end}` : "");

function select(label: string, id: string, change: (value: string) => void): { box: HTMLElement; field: HTMLSelectElement } {
  const field = h("select", { id, change: () => change(field.value) });
  return { box: h("div", { class: "control" }, h("label", { for: id }, label), field), field };
}
function fillOptions(field: HTMLSelectElement, options: [string, string][], chosen: string): void {
  const text = JSON.stringify([options, chosen]);
  if (field.dataset.options === text) return; // a menu that is open stays open
  field.dataset.options = text;
  field.replaceChildren(...options.map(([value, name]) => h("option", { value, selected: value === chosen }, name)));
}

export class Controls {
  readonly element: HTMLElement;
  private readonly panel;
  private readonly period;
  private readonly taxa;
  private readonly classes;
  private readonly date: HTMLInputElement;
  private readonly position: HTMLInputElement;
  private readonly now: HTMLButtonElement;
  private readonly said = h("p", { class: "as-of-note" });
  private readonly printed = h("p", { class: "printed" });
  private readonly all: HTMLButtonElement;

  constructor(context: Context) {
    const change = (next: Partial<View>) => context.change(next);
    this.panel = select(t("control.panel"), "control-panel", (panel) => change({ panel, period: undefined, taxonGroup: "", platformClass: "" }));
    this.period = select(t("control.period"), "control-period", (value) => {
      const [begin, end] = value.split("-").map(Number);
      change({ period: value ? { begin, end } : undefined });
    });
    this.taxa = select(t("control.taxa"), "control-taxa", (taxonGroup) => change({ taxonGroup }));
    this.classes = select(t("control.class"), "control-class", (platformClass) => change({ platformClass }));
    this.date = h("input", { type: "date", id: "control-date", min: "2020-01-01", change: () => {
      const value = this.date.value;
      // The whole of that day.
      change({ asOf: value ? { timeUs: String((format.dayOfIso(value) + 1) * 86_400_000_000 - 1) } : undefined });
    } });
    this.position = h("input", { type: "number", id: "control-position", min: 1, step: 1, inputmode: "numeric", placeholder: t("control.newest"), change: () => {
      const value = this.position.value;
      change({ asOf: /^[1-9]\d*$/.test(value) ? { position: value } : undefined });
    } });
    this.now = h("button", { type: "button", class: "tool", click: () => change({ asOf: undefined }) }, t("control.now"));
    this.all = h("button", { type: "button", class: "tool", click: () => change({ ...kStartView, panel: context.view.panel }) }, t("control.reset"));
    this.element = h(
      "section",
      { class: "controls", "aria-label": t("control.title") },
      this.panel.box,
      this.period.box,
      this.classes.box,
      this.taxa.box,
      h("div", { class: "control" }, h("label", { for: "control-date" }, t("control.as_of")), this.date),
      h("div", { class: "control narrow" }, h("label", { for: "control-position" }, t("control.position")), this.position),
      h("div", { class: "control buttons" }, this.now, this.all),
      this.said,
      this.printed,
    );
    this.update(context);
  }

  update(context: Context): void {
    const { view, panels } = context;
    const line = panels.find((one) => one.panel?.panel === view.panel) ?? panels[0];
    fillOptions(this.panel.field, panels.length ? panels.map((one, i) => [i === 0 && !view.panel ? "" : one.panel!.panel, one.panel!.title || one.panel!.panel]) : [["", t("control.none")]], view.panel);
    const periods = [...(line?.periods ?? [])].sort((a, b) => b.begin - a.begin);
    fillOptions(
      this.period.field,
      [["", context.period ? t("control.newest_is", { period: format.period(context.period, true) }) : t("control.newest_period")], ...periods.map((one): [string, string] => [keyOf(one), format.period(one, true)])],
      keyOf(view.period),
    );
    const classes = [...new Set(line?.panel?.members.map((one) => one.platformClass) ?? [])];
    if (view.platformClass && !classes.includes(view.platformClass)) classes.push(view.platformClass);
    fillOptions(this.classes.field, [["", t("control.all")], ...classes.map((one): [string, string] => [one, wordName("platformClasses", one)])], view.platformClass);
    const taxa = taxaOf(context);
    if (view.taxonGroup && !taxa.includes(view.taxonGroup)) taxa.push(view.taxonGroup);
    fillOptions(this.taxa.field, [["", t("control.all")], ...taxa.map((one): [string, string] => [one, wordName("taxonGroups", one)])], view.taxonGroup);
    const asOf = view.asOf;
    this.date.max = format.isoDay(context.version.today);
    this.date.value = asOf && "timeUs" in asOf ? format.isoDay(format.dayOfUs(asOf.timeUs)) : "";
    this.position.max = context.version.position;
    this.position.value = asOf && "position" in asOf ? asOf.position : "";
    this.now.hidden = !asOf;
    this.all.hidden = !asOf && !view.period && !view.taxonGroup && !view.platformClass;
    document.body.classList.toggle("as-of", !!asOf);
    this.said.hidden = !asOf;
    this.said.textContent = asOf ? ("timeUs" in asOf ? t("control.as_of_date", { day: format.day(format.dayOfUs(asOf.timeUs)) }) : t("control.as_of_position", { position: format.count(asOf.position) })) : "";
    this.printed.textContent = [
      line?.panel?.title,
      format.period(context.period ?? view.period),
      view.platformClass && wordName("platformClasses", view.platformClass),
      view.taxonGroup && wordName("taxonGroups", view.taxonGroup),
      this.said.textContent,
    ].filter(Boolean).join(" · ");
  }
}

// Of the panel; the hub tells coordinators all of it and members their own line.
function taxaOf(context: Context): string[] {
  const line = context.panels.find((one) => one.panel?.panel === context.view.panel) ?? context.panels[0];
  const members = (line?.panel?.members ?? []) as { strata?: { taxonGroup: string }[] }[];
  return [...new Set(members.flatMap((one) => one.strata?.map((stratum) => stratum.taxonGroup) ?? []))].sort();
}
