// The frame that every figure of the page has: the picture, its table, its CSV, how it was computed, and what it is as of.
import { h, rich } from "./dom";
import * as format from "./format";
import { t } from "./i18n";
import type { AnswerBasis } from "./types";

export interface Table {
  head: string[];
  rows: (string | number)[][]; // as shown
  raw?: (string | number)[][]; // as downloaded, where that differs: numbers without their dress
  wide?: number; // how many first columns are text
}
export interface FigureContent {
  picture: Node | null;
  table?: () => Table; // made when somebody opens it: ten years of months are thousands of rows
  basis?: AnswerBasis;
  // Extra sentences between picture and tools.
  remarks?: (Node | string | false | undefined)[];
}

function csvCell(value: string | number): string {
  let text = String(value);
  // A spreadsheet takes a cell that begins so for a formula.
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function csvText(table: Table): string {
  return [table.head, ...(table.raw ?? table.rows)].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// Columns of figures stand to the right, those of words to the left.
const kFigure = /^$|^–$|^[−-]?\d[\d,. ]*(%|[a-z]|万|亿)?$/i;
function tableElement(table: Table, caption: string): HTMLElement {
  const figures = table.head.map((_, i) => i >= (table.wide ?? 1) && table.rows.every((row) => kFigure.test(String(row[i]))));
  const side = (i: number) => (figures[i] ? "n" : "");
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, ...table.head.map((one, i) => h("th", { scope: "col", class: side(i) }, one)))),
      h(
        "tbody",
        {},
        ...table.rows.map((row) =>
          h(
            "tr",
            {},
            ...row.map((cell, i) =>
              i === 0 ? h("th", { scope: "row" }, cell) : h("td", { class: side(i) }, cell),
            ),
          ),
        ),
      ),
    ),
  );
}

function basisText(basis: AnswerBasis): string {
  const parts = [
    t("basis.position", { position: format.count(basis.position), time: format.moment(basis.timeUs) }),
    // What was counted may be of an older version than the newest.
    t("basis.definitions", { versions: basis.countedUnder?.length ? basis.countedUnder.join(", ") : basis.definitionVersion }),
  ];
  if (basis.release) parts.push(t("basis.release", { release: basis.release }));
  if (basis.restatedSince) parts.push(t("basis.restated", { count: basis.restatedSince }));
  return parts.join(" · ");
}

// Stands for the life of the page; its content is replaced when the hub's answer is another one, so that what a reader
// has opened stays open.
export class Figure {
  readonly element: HTMLElement;
  private readonly picture = h("div", { class: "picture" });
  private readonly remarks = h("div", { class: "remarks" });
  private readonly tableBox = h("div");
  private readonly tableDetails: HTMLDetailsElement;
  private readonly tools: HTMLElement;
  private readonly basis = h("p", { class: "basis" });
  private table?: () => Table;

  constructor(
    private readonly name: string,
    private readonly title: string,
    how: string[],
    options: { heading?: boolean; note?: string } = {},
  ) {
    const csv = h(
      "button",
      { type: "button", class: "tool", "aria-label": t("tool.csv_of", { title }), click: () => this.save() },
      t("tool.csv"),
    );
    this.tableDetails = h(
      "details",
      { toggle: () => this.fillTable() },
      h("summary", {}, t("tool.table"), h("span", { class: "unseen" }, `: ${title}`)),
      this.tableBox,
    );
    this.tools = h(
      "div",
      { class: "tools" },
      this.tableDetails,
      h(
        "details",
        {},
        h("summary", {}, t("tool.how"), h("span", { class: "unseen" }, `: ${title}`)),
        h("div", { class: "how" }, ...how.map((one) => h("p", {}, ...rich(one)))),
      ),
      csv,
    );
    this.element = h(
      "div",
      { class: "figure", id: `figure-${name}`, role: "group", "aria-label": title },
      options.heading !== false && h("h3", {}, title),
      options.note && h("p", { class: "note" }, options.note),
      this.picture,
      this.remarks,
      this.tools,
      this.basis,
    );
    this.loading();
  }

  loading(): void {
    if (this.table) return; // the last figures stay until the next ones are there
    this.picture.replaceChildren(h("div", { class: "skeleton", "aria-hidden": true }), h("span", { class: "unseen" }, t("state.loading")));
    this.tools.hidden = true;
  }

  show(content: FigureContent): void {
    this.table = content.table;
    this.picture.replaceChildren(...(content.picture ? [content.picture] : []));
    this.remarks.replaceChildren(
      ...(content.remarks ?? []).filter((one): one is Node | string => !!one).map((one) => (one instanceof Node ? one : h("p", {}, ...rich(one)))),
    );
    this.tableBox.replaceChildren();
    this.fillTable();
    this.tools.hidden = !content.table;
    this.basis.textContent = content.basis ? basisText(content.basis) : "";
  }

  // Nothing to draw, and that is no mistake.
  empty(title: string, text: string, basis?: AnswerBasis): void {
    this.table = undefined;
    this.picture.replaceChildren(
      h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), h("p", {}, ...rich(text))),
    );
    this.remarks.replaceChildren();
    this.tools.hidden = true;
    this.basis.textContent = basis ? basisText(basis) : "";
  }

  // The hub has begun to compute it, and is asked again.
  computing(done: number, whole: number): void {
    if (this.table) return;
    this.picture.replaceChildren(
      h(
        "div",
        { class: "empty" },
        h("p", { class: "empty-title" }, t("state.computing")),
        h("p", {}, t("state.computing_text", { done: format.count(done), whole: format.count(whole) })),
        h("progress", { max: whole, value: done, "aria-label": t("state.computing") }),
      ),
    );
    this.tools.hidden = true;
  }

  fail(message: string): void {
    if (this.table) return;
    this.picture.replaceChildren(h("div", { class: "empty failed", role: "note" }, h("p", { class: "empty-title" }, t("state.failed")), h("p", {}, message)));
    this.tools.hidden = true;
  }

  private fillTable(): void {
    if (!this.table || !this.tableDetails.open || this.tableBox.firstChild) return;
    this.tableBox.replaceChildren(tableElement(this.table(), t("tool.table_of", { title: this.title })));
  }
  private save(): void {
    if (this.table) download(`vervet-${this.name}.csv`, csvText(this.table()));
  }
}
