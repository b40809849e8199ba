// The page: asks who it is for, builds the blocks, and asks every few seconds whether anything has changed.
import { ask, HubError } from "./api";
import { ActionsBlock } from "./blocks/actions";
import { ChangesBlock } from "./blocks/changes";
import { CoverageBlock } from "./blocks/coverage";
import { DeskBlock } from "./blocks/desk";
import { ReferralsBlock, ReportsBlock } from "./blocks/later";
import { PrevalenceBlock } from "./blocks/prevalence";
import { QualityBlock } from "./blocks/quality";
import { ReductionBlock } from "./blocks/reduction";
import { SignaturesBlock } from "./blocks/signatures";
import { TaxaBlock } from "./blocks/taxa";
import { addressOfView, type Block, type Context, type View, viewOfAddress } from "./context";
import { Controls } from "./controls";
import { h } from "./dom";
import * as format from "./format";
import { language, setDefinitions, setLanguage, t } from "./i18n";
import { repaint } from "./lines";
import type { DefinitionsAnswer, PanelsAnswer, SessionAnswer, VersionAnswer } from "./types";
import { wordmark, zhongwen } from "./wordmark";
import "./style.css";

const kPollMs = 3_000;
const kDeskMs = 30_000;
const kComputingMs = 1_000;

class Page {
  private blocks: Block[] = [];
  private readonly status = h("div", { class: "status", role: "status" });
  private readonly main = h("main", { id: "main", tabindex: "-1" });
  private controls?: Controls;
  private context?: Context;
  private shownVersion = "";
  private lastGood = 0;
  private loading?: Promise<void>;
  private unfinished = 0; // timer
  private again = false;

  async start(): Promise<void> {
    this.frame();
    await this.connect();
    setInterval(() => void this.poll(), kPollMs);
    setInterval(() => void this.blocks.find((one) => one.id === "desk")?.load(this.context!).catch(() => undefined), kDeskMs);
    addEventListener("hashchange", () => {
      if (this.context && location.hash !== addressOfView(this.context.view)) this.show(viewOfAddress(location.hash));
    });
  }

  // What is asked once. Until the hub answers, the page says so and tries again.
  private async connect(): Promise<void> {
    try {
      const [session, version, panels] = await Promise.all([ask<SessionAnswer>("session"), ask<VersionAnswer>("version"), ask<PanelsAnswer>("panels"), this.loadDefinitions()]);
      this.context = { view: viewOfAddress(location.hash), session, version, panels: panels.panels, begun: Promise.resolve(), change: (next) => this.change(next) };
      this.shownVersion = JSON.stringify(version);
      this.build();
      await this.reload();
    } catch (error) {
      this.trouble(error);
    }
  }

  private async loadDefinitions(): Promise<void> {
    try {
      setDefinitions((await ask<DefinitionsAnswer>("definitions")).definitions);
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== "NOT_FOUND") throw error;
      setDefinitions(undefined); // none yet
    }
  }

  // Everything that stands before the hub has answered.
  private frame(): void {
    document.documentElement.lang = language() === "zh" ? "zh" : "en";
    document.title = t("page.title");
    const other = language() === "zh" ? "en" : "zh";
    document.body.replaceChildren(
      h("a", { class: "skip", href: "#main", click: (event) => { event.preventDefault(); this.main.focus(); } }, t("page.skip")),
      h(
        "header",
        { class: "top" },
        h("h1", { class: "unseen" }, t("page.title")),
        h("div", { class: "brand" }, wordmark(), h("div", {}, h("p", { class: "name" }, "Vervet"), h("p", { class: "tagline" }, t("page.tagline")))),
        h("div", { class: "who", id: "who" }),
        h(
          "div",
          { class: "actions" },
          h("button", { type: "button", class: "quiet", lang: other, "aria-label": other === "zh" ? "中文" : "English", click: () => this.speak(other) }, other === "zh" ? zhongwen() : "English"),
          h("button", { type: "button", class: "quiet", click: () => print() }, t("page.print")),
        ),
      ),
      this.status,
      this.main,
      h("footer", { class: "bottom" }, h("p", {}, t("page.footer"))),
    );
    if (this.blocks.length === 0) this.main.replaceChildren(h("div", { class: "first-load" }, h("div", { class: "skeleton tall", "aria-hidden": true }), h("p", {}, t("state.loading"))));
  }

  private build(): void {
    const context = this.context!;
    const who = document.getElementById("who")!;
    who.replaceChildren(
      h("p", {}, h("strong", {}, context.session.coalition)),
      h("p", {}, t("page.seen_as", { role: t(`role.${context.session.role}`), name: context.session.name })),
    );
    this.controls = new Controls(context);
    this.blocks = [
      new ReductionBlock(),
      new CoverageBlock(),
      new PrevalenceBlock(),
      new ActionsBlock(),
      new QualityBlock(),
      new ReportsBlock(),
      new SignaturesBlock(),
      new TaxaBlock(),
      new ReferralsBlock(),
      new ChangesBlock(),
      new DeskBlock(),
    ];
    this.main.replaceChildren(
      this.controls.element,
      h(
        "div",
        { class: "columns" },
        h(
          "nav",
          { class: "contents", "aria-label": t("page.contents") },
          h(
            "ol",
            {},
            ...this.blocks.map((one) =>
              h(
                "li",
                {},
                h(
                  "a",
                  {
                    href: `#${one.id}`,
                    click: (event) => {
                      event.preventDefault(); // the address says what is shown, not where
                      one.element.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
                      document.getElementById(`${one.id}-title`)?.focus({ preventScroll: true });
                    },
                  },
                  t(`${one.id}.nav`),
                ),
              ),
            ),
          ),
        ),
        h("div", { class: "blocks" }, ...this.blocks.map((one) => one.element)),
      ),
    );
  }

  private change(next: Partial<View>): void {
    this.show({ ...this.context!.view, ...next });
  }
  private show(view: View): void {
    this.context!.view = view;
    this.context!.period = view.period;
    history.replaceState(null, "", addressOfView(view));
    this.controls?.update(this.context!);
    void this.reload();
  }

  private speak(next: "en" | "zh"): void {
    setLanguage(next);
    this.frame();
    if (this.context) {
      this.build();
      void this.reload();
    }
    (document.querySelector(".top .actions button") as HTMLElement | null)?.focus();
  }

  // Asks everything anew; unchanged answers cost no body. One round at a time, and one more where something came between.
  private reload(): Promise<void> {
    if (this.loading) {
      this.again = true;
      return this.loading;
    }
    return this.alone(() => this.round());
  }
  private alone(work: () => Promise<void>): Promise<void> {
    clearTimeout(this.unfinished);
    this.loading = work().finally(() => {
      this.loading = undefined;
      if (this.again) {
        this.again = false;
        void this.reload();
      }
    });
    return this.loading;
  }

  private round(): Promise<void> {
    const context = this.context!;
    const [first, ...others] = this.blocks;
    delete document.body.dataset.ready;
    // All are asked for at once. The first block says which period it is, and the others wait with showing until then.
    const begun = first.load(context).then(() => this.controls?.update(context));
    context.begun = begun.catch(() => undefined);
    return this.finish([() => begun, ...[first, ...others].flatMap((one) => (one.loadRest ? [() => one.loadRest!(context)] : [])), ...others.map((one) => () => one.load(context))]);
  }

  // What the hub is still computing is asked for again, by itself, until it is there.
  private async finish(parts: (() => Promise<void>)[]): Promise<void> {
    const later: (() => Promise<void>)[] = [];
    const wrong: unknown[] = [];
    await Promise.all(
      parts.map(async (part) => {
        try {
          await part();
        } catch (error) {
          if (error instanceof HubError && error.computing) later.push(part);
          else wrong.push(error);
        }
      }),
    );
    if (wrong.length > 0) this.trouble(wrong[0]);
    else this.well();
    if (later.length > 0 && wrong.length === 0) {
      this.unfinished = window.setTimeout(() => {
        if (!this.loading) void this.alone(() => this.finish(later));
      }, kComputingMs);
      return;
    }
    document.body.dataset.ready = this.shownVersion;
    performance.mark("ready");
  }

  private async poll(): Promise<void> {
    if (document.hidden) return;
    if (!this.context) {
      await this.connect();
      return;
    }
    try {
      const version = await ask<VersionAnswer>("version");
      const text = JSON.stringify(version);
      const away = document.body.classList.contains("stale");
      if (text === this.shownVersion && !away) {
        this.lastGood = Date.now();
        return;
      }
      const changed = text !== this.shownVersion;
      const definitionsChanged = version.definitionVersion !== this.context.version.definitionVersion;
      this.context.version = version;
      this.context.panels = (await ask<PanelsAnswer>("panels")).panels;
      if (definitionsChanged) await this.loadDefinitions();
      this.shownVersion = text;
      await this.reload();
      if (changed && !document.body.classList.contains("stale")) this.say(t("state.updated", { position: format.count(version.position) }));
    } catch (error) {
      this.trouble(error);
    }
  }

  private say(text: string): void {
    this.status.classList.remove("bad");
    this.status.replaceChildren(h("p", { class: "said" }, text));
  }
  private well(): void {
    this.lastGood = Date.now();
    if (document.body.classList.contains("stale")) repaint();
    document.body.classList.remove("stale");
    if (this.status.classList.contains("bad")) this.say(t("state.back"));
  }

  private trouble(error: unknown): void {
    const hub = error instanceof HubError ? error : undefined;
    if (!hub) console.error(error);
    document.body.classList.add("stale");
    this.status.classList.add("bad");
    const [title, text] =
      hub?.code === "SESSION"
        ? [t("state.session"), t("state.session_text")]
        : hub && !hub.unreachable
          ? [t("state.refused"), hub.message]
          : [t("state.unreachable"), this.lastGood ? t("state.unreachable_since", { time: format.clock(this.lastGood) }) : t("state.unreachable_first")];
    const now = `${title} ${text}`;
    if (this.status.textContent === now) return; // said already
    this.status.replaceChildren(h("p", {}, h("strong", {}, title), " ", text));
    if (!this.context) this.main.replaceChildren(h("div", { class: "first-load" }, h("p", { class: "empty-title" }, hub?.unreachable ? t("state.first_title") : title), h("p", {}, hub?.unreachable ? t("state.first_text") : text)));
  }
}

void new Page().start();
