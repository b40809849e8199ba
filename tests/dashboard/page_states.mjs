// The page in the states that a real coalition takes months to reach: its own program serves it, made-up answers fill it.
import { readFileSync, writeFileSync } from "node:fs";
import { answerFrom, assert, axe, inBrowser, openMadeUp, ready, runNamed, textOf } from "./browser.mjs";
import { drawingOf, textsOf, wordsOf } from "./drawing.mjs";
import { madeUp } from "./made_up_answers.mjs";

const noNonsense = (text) => assert.doesNotMatch(text, /NaN|undefined|null|Infinity|\[object/);

// Chromium without its content security policy: axe is a script of the test, not of the page.
const kAxe = { bypassCSP: true };

await runNamed({
  headline: (url) =>
    inBrowser({}, async (page) => {
      await openMadeUp(page, url);
      assert.equal(await textOf(page, "#headline-figure"), "81.2%");
      assert.equal(await textOf(page, "#headline-interval"), "95% interval: 76.4% to 85.1%");
      const hero = await textOf(page, "#figure-reduction");
      assert.match(hero, /Founding members \(generated figures\) · September 2026, compared with 2025/);
      assert.match(hero, /target: cannot tell yet/);
      assert.match(hero, /samples are too small/);
      assert.match(hero, /target 80%/);
      assert.match(hero, /Log position 48,213/);
      assert.match(hero, /definitions v2/);
      assert.match(hero, /7\.3m reviewed listings/);
      assert.match(hero, /Independent surveyors find 79\.0%/);
      noNonsense(await textOf(page, "body"));
    }),

  verdicts: (url) =>
    inBrowser({}, async (page) => {
      await openMadeUp(page, url, { point: 0.874, low: 0.812, high: 0.921 });
      assert.match(await textOf(page, "#headline-verdict"), /The 80% target is met.*81\.2%/);
      await page.unroute("**/api/**");
      await openMadeUp(page, url, { position: 2, point: -0.12, low: -0.4, high: 0.11 });
      await page.waitForFunction(() => document.querySelector("#headline-figure")?.textContent.startsWith("12"));
      assert.match(await textOf(page, "#figure-reduction"), /has risen by 12\.0%/);
      assert.match(await textOf(page, "#headline-verdict"), /The 80% target is not met/);
      assert.match(await textOf(page, "#headline-interval"), /−40\.0% to 11\.0%/);
    }),

  beginning: (url) =>
    inBrowser({}, async (page) => {
      const world = madeUp({ none: true });
      const empty = { definitions: [404, { error: { code: "NOT_FOUND", message: "none yet" } }] };
      const nothing = { coverage: { members: 0, lines: [], waitingForAPanel: [] }, displacement: { displacement: { offenders: "0", reappeared: "0", alreadyThere: "0", horizons: [] } } };
      world.refuse = (name) => empty[name] ?? (nothing[name] ? [200, nothing[name]] : undefined);
      await answerFrom(page, world);
      await page.goto(url);
      await ready(page);
      const text = await textOf(page, "main");
      noNonsense(text);
      assert.doesNotMatch(text, /100(\.0)?%/);
      for (const said of ["No panel yet", "Nobody is in the panel yet", "No surveys yet", "No activity reported yet", "Not there yet", "Too early"]) assert.ok(text.includes(said), said);
    }),

  no_figure: (url) =>
    inBrowser({}, async (page) => {
      const world = madeUp();
      world.refuse = (name, question) => {
        if (name !== "reduction") return undefined;
        const answer = world.answer(name, question);
        answer.figures = [{ ...answer.figures[0], reduction: undefined, verdict: "VERDICT_CANNOT_TELL", reason: { code: "baseline_ppv_zero", sentence: "No positive of the baseline stood the second review." } }];
        return [200, answer];
      };
      await answerFrom(page, world);
      await page.goto(url);
      await ready(page);
      const hero = await textOf(page, "#figure-reduction");
      assert.match(hero, /There is no figure yet/);
      assert.match(hero, /stood the second review/);
      assert.match(hero, /cannot tell/);
      noNonsense(hero);
    }),

  withheld: (url) =>
    inBrowser({}, async (page) => {
      const world = madeUp();
      world.refuse = (name, question) => {
        if (name !== "reduction") return undefined;
        const answer = world.answer(name, question);
        answer.figures = answer.figures.slice(0, 1).map((one) => ({ ...one, reduction: undefined, verdict: "VERDICT_UNSPECIFIED", withheld: { code: "too_few_contributors", sentence: "Fewer than five members contribute." } }));
        return [200, answer];
      };
      await answerFrom(page, world);
      await page.goto(url);
      await ready(page);
      const hero = await textOf(page, "#figure-reduction");
      assert.match(hero, /This figure is withheld.*Fewer than five members/);
      assert.doesNotMatch(hero, /would show it/);
    }),

  new_figures: (url) =>
    inBrowser({}, async (page) => {
      const { world } = await openMadeUp(page, url);
      await page.evaluate(() => (window.sameDocument = true));
      await page.locator("#figure-coverage summary").first().click();
      Object.assign(world.state, { position: 48_300, point: 0.835, low: 0.805, high: 0.861 });
      await page.waitForFunction(() => document.querySelector("#headline-figure").textContent.startsWith("83.5"));
      assert.equal(await page.evaluate(() => window.sameDocument), true);
      assert.match(await textOf(page, "#headline-verdict"), /is met/);
      await page.waitForFunction(() => document.querySelector(".status").textContent.includes("48,300"));
      assert.equal(await page.locator("#figure-coverage details").first().evaluate((one) => one.open), true);
    }),

  hub_away: (url) =>
    inBrowser({}, async (page) => {
      const { world } = await openMadeUp(page, url);
      world.away = true;
      await page.waitForFunction(() => document.body.classList.contains("stale"));
      assert.match(await textOf(page, ".status"), /The hub cannot be reached\. These are the last figures, from \d\d:\d\d/);
      assert.equal(await textOf(page, "#headline-figure"), "81.2%");
      assert.match(await page.locator(".blocks").evaluate((one) => getComputedStyle(one).filter), /grayscale/);
      world.away = false;
      await page.waitForFunction(() => !document.body.classList.contains("stale"));
      assert.match(await page.locator(".status").textContent(), /The hub is back/);
    }),

  hub_never_there: (url) =>
    inBrowser({}, async (page) => {
      const world = madeUp();
      world.away = true;
      await answerFrom(page, world);
      await page.goto(url);
      await page.waitForFunction(() => document.querySelector(".status").textContent.includes("cannot be reached"));
      assert.match(await textOf(page, "main"), /There are no figures yet/);
      world.away = false;
      await ready(page);
      assert.equal(await textOf(page, "#headline-figure"), "81.2%");
    }),

  // The program was started anew, and knows this browser no more.
  session_lost: (url) =>
    inBrowser({}, async (page, context) => {
      await openMadeUp(page, url);
      await page.unroute("**/api/**");
      await context.clearCookies();
      await page.waitForFunction(() => document.body.classList.contains("stale"));
      assert.match(await textOf(page, ".status"), /not let in any more.*Open the address that it printed/);
      assert.equal(await textOf(page, "#headline-figure"), "81.2%");
    }),

  // A hub that has just started has no estimates yet: it is there all the same, and what it can count is shown.
  hub_computes: (url) =>
    inBrowser(kAxe, async (page) => {
      const world = madeUp();
      let done = 4;
      world.refuse = (name, question) =>
        name === "series" && question.kinds.some((one) => /REDUCTION|PREVALENCE/.test(one)) && done < 9
          ? [200, { series: [], markers: [], computing: { computed: done, periods: 9 } }]
          : undefined;
      await answerFrom(page, world);
      await page.goto(url);
      await page.waitForFunction(() => document.querySelectorAll("progress").length === 3);
      assert.match(await textOf(page, "#figure-prevalence"), /Being computed The hub has 4 of 9 periods/);
      assert.equal(await textOf(page, "#headline-figure"), "81.2%");
      assert.match(await textOf(page, "#figure-actions"), /Listing removed/);
      assert.equal(await page.evaluate(() => document.body.matches(".stale")), false);
      assert.deepEqual(await axe(page), []);
      done = 7;
      await page.waitForFunction(() => document.querySelector("#figure-prevalence").textContent.includes("7 of 9"));
      done = 9;
      await ready(page);
      assert.equal(await page.locator("progress").count(), 0);
      await page.locator("#figure-prevalence canvas").waitFor();
    }),

  // The first figures are under way, and nothing pretends to be one.
  loading: (url) =>
    inBrowser({}, async (page) => {
      const world = madeUp();
      let go;
      const wait = new Promise((resolve) => (go = resolve));
      await answerFrom(page, world);
      await page.route("**/api/reduction**", async (route) => {
        await wait;
        await route.fallback();
      });
      await page.goto(url);
      await page.waitForSelector("#figure-reduction .skeleton");
      assert.equal(await page.locator("#headline-figure").count(), 0);
      go();
      await ready(page);
      assert.equal(await page.locator(".skeleton").count(), 0);
    }),

  drill_down: (url) =>
    inBrowser({}, async (page) => {
      const { asked } = await openMadeUp(page, url);
      await page.getByRole("button", { name: "Marketplace" }).click();
      await page.waitForFunction(() => document.querySelector("#headline-figure").textContent.startsWith("74.0"));
      assert.match(await textOf(page, "#figure-reduction"), /· Marketplace/);
      assert.match(page.url(), /class=marketplace/);
      assert.ok(asked.some((one) => one.name === "reduction" && one.question.subsets?.[0]?.platformClass === "marketplace"));
      await page.waitForFunction(() => document.querySelector("#control-class").value === "marketplace");
      await page.selectOption("#control-taxa", "pangolins");
      await page.waitForFunction(() => document.querySelector("#figure-reduction .eyebrow").textContent.includes("Pangolins"));
      await ready(page);
      assert.ok(asked.some((one) => one.name === "series" && one.question.subset.taxonGroup === "pangolins" && one.question.subset.platformClass === "marketplace"));
      await page.selectOption("#control-period", { label: "Aug 2026" });
      await page.waitForFunction(() => document.querySelector("#figure-reduction .eyebrow").textContent.includes("August 2026"));
      // The address says it all.
      await page.reload();
      await ready(page);
      assert.match(await textOf(page, "#figure-reduction"), /August 2026.*Marketplace · Pangolins/);
      await page.getByRole("button", { name: "Show everything" }).click();
      await page.waitForFunction(() => document.querySelector("#headline-figure").textContent.startsWith("81.2"));
    }),

  as_of: (url) =>
    inBrowser({}, async (page) => {
      const { asked } = await openMadeUp(page, url);
      await page.fill("#control-position", "1234");
      await page.locator("#control-position").blur();
      await page.waitForFunction(() => document.querySelector("#figure-reduction .basis").textContent.includes("1,234"));
      assert.match(await textOf(page, ".as-of-note"), /looking back.*1,234/);
      await page.fill("#control-date", "2026-10-31");
      await page.waitForFunction(() => document.querySelector(".as-of-note").textContent.includes("31 Oct 2026"));
      const end = String((Date.parse("2026-11-01T00:00:00Z") / 1000) * 1_000_000 - 1);
      await ready(page);
      assert.ok(asked.some((one) => one.name === "coverage" && one.question.asOf?.timeUs === end));
      await page.getByRole("button", { name: "Back to now" }).click();
      await page.waitForFunction(() => document.querySelector(".as-of-note").hidden);
    }),

  tables: (url) =>
    inBrowser({ acceptDownloads: true }, async (page) => {
      await openMadeUp(page, url);
      const figures = page.locator(".figure");
      let withTable = 0;
      for (let i = 0; i < (await figures.count()); ++i) {
        const figure = figures.nth(i);
        const drawn = await figure.locator(".picture svg, .picture canvas").count();
        if (!drawn) continue;
        const name = await figure.getAttribute("id");
        assert.equal(await figure.locator("summary").count(), 2, name);
        assert.equal(await figure.locator(".how p").first().count(), 1, name);
        await figure.locator("summary").first().click();
        await figure.locator("table tbody tr").first().waitFor();
        assert.equal(await figure.locator("button.tool", { hasText: "Download CSV" }).count(), 1, name);
        withTable += 1;
      }
      assert.ok(withTable >= 12, String(withTable));
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 1440, "a table does not scroll by itself");
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#figure-reduction-parts button.tool").click()]);
      assert.equal(download.suggestedFilename(), "vervet-reduction-parts.csv");
      const rows = readFileSync(await download.path(), "utf8").replace("\ufeff", "").trim().split("\r\n");
      assert.match(rows[0], /^Part,Surveyed by,Reduction,95% low,95% high,Verdict/);
      assert.match(rows[1], /^Marketplace,Members' own surveys,0\.88,/);
      assert.match(await textOf(page, "#figure-prevalence table"), /Sept? 2026 Marketplace/);
    }),

  keyboard: (url) =>
    inBrowser({}, async (page) => {
      await openMadeUp(page, url);
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.id), "main");
      const chart = page.locator("#figure-reduction-course .lines");
      await chart.focus();
      assert.match(await textOf(page, "#figure-reduction-course output"), /Sept? 2026 81\.2%/);
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      assert.match(await textOf(page, "#figure-reduction-course output"), /Aug 2026/);
      // Everything that a mouse can press, a keyboard can reach.
      const unreachable = await page.evaluate(() => [...document.querySelectorAll("button, a, select, input, summary")].filter((one) => one.tabIndex < 0).length);
      assert.equal(unreachable, 0);
      const details = page.locator("#figure-coverage summary").nth(1);
      await details.focus();
      await page.keyboard.press("Enter");
      assert.equal(await page.locator("#figure-coverage details").nth(1).evaluate((one) => one.open), true);
    }),

  chinese: (url) =>
    inBrowser({}, async (page) => {
      await openMadeUp(page, url);
      await page.getByRole("button", { name: "中文" }).click();
      await page.waitForFunction(() => document.documentElement.lang === "zh");
      await ready(page);
      const text = await textOf(page, "main");
      for (const said of ["用户能看到的交易减少了", "尚无法判定", "样本太小", "电商平台", "穿山甲", "覆盖", "信息删除"]) assert.ok(text.includes(said), said);
      assert.match(await textOf(page, "#headline-figure"), /81\.2%/);
      // No English sentence of the page's own is left: its longer words all have a translation.
      assert.doesNotMatch(text, /Download|Table|How this|Reduction|Coverage|Not there yet/);
      await page.reload();
      await ready(page);
      assert.equal(await page.evaluate(() => document.documentElement.lang), "zh");
    }),

  // Every reason that the hub can give has its Chinese: docs/protocol.md lists them.
  chinese_reasons: (url) =>
    inBrowser({ locale: "zh-CN" }, async (page) => {
      const protocol = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
      const table = protocol.slice(protocol.indexOf("| code | where |"));
      const rows = table.slice(0, table.indexOf("\n\n")).split("\n").slice(2);
      const codes = rows.flatMap((row) => [...row.split("|")[1].matchAll(/`(\w+)`/g)].map((found) => found[1]));
      assert.ok(codes.length > 25 && codes.includes("could_be_worked_out"), codes.join(" "));
      const world = madeUp();
      world.refuse = (name, question) => {
        if (name !== "reduction") return undefined;
        const answer = world.answer(name, question);
        answer.figures[0].notes = codes.map((code) => ({ code, sentence: `The English of ${code}.` }));
        return [200, answer];
      };
      await answerFrom(page, world);
      await page.goto(url);
      await ready(page);
      const hero = await textOf(page, "#figure-reduction .remarks");
      assert.doesNotMatch(hero, /The English of|why\./);
      assert.match(await textOf(page, "#figure-actions"), /单位：条商品信息/);
    }),

  chinese_by_itself: (url) =>
    inBrowser({ locale: "zh-CN" }, async (page) => {
      await openMadeUp(page, url);
      assert.equal(await page.evaluate(() => document.documentElement.lang), "zh");
    }),

  accessible: (url) =>
    inBrowser(kAxe, async (page) => {
      await openMadeUp(page, url);
      for (const one of await page.locator("summary:visible").all()) await one.click();
      assert.deepEqual(await axe(page), []);
    }),
  accessible_dark: (url) =>
    inBrowser({ ...kAxe, colorScheme: "dark" }, async (page) => {
      await openMadeUp(page, url);
      assert.deepEqual(await axe(page), []);
    }),
  accessible_narrow_and_chinese: (url) =>
    inBrowser({ ...kAxe, viewport: { width: 390, height: 844 }, locale: "zh-CN" }, async (page) => {
      await openMadeUp(page, url, { point: 0.874, low: 0.812, high: 0.921 });
      assert.deepEqual(await axe(page), []);
    }),
  accessible_at_the_beginning: (url) =>
    inBrowser(kAxe, async (page) => {
      await openMadeUp(page, url, { none: true });
      assert.deepEqual(await axe(page), []);
    }),
  accessible_while_the_hub_is_away: (url) =>
    inBrowser(kAxe, async (page) => {
      const world = madeUp();
      world.away = true;
      await answerFrom(page, world);
      await page.goto(url);
      await page.waitForFunction(() => document.querySelector(".status").textContent.includes("cannot be reached"));
      assert.deepEqual(await axe(page), []);
    }),

  narrow: async (url) => {
    for (const locale of ["en-GB", "zh-CN"]) {
      await inBrowser({ viewport: { width: 390, height: 844 }, locale }, async (page) => {
        await openMadeUp(page, url);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, locale);
        assert.equal(await textOf(page, "#headline-figure"), "81.2%");
      });
    }
  },

  printed: (url) =>
    inBrowser({}, async (page) => {
      await openMadeUp(page, url);
      await page.emulateMedia({ media: "print" });
      assert.equal(await page.locator("#control-panel").isVisible(), false);
      assert.equal(await page.locator(".tools").first().isVisible(), false);
      assert.equal(await page.locator("#headline-figure").isVisible(), true);
      assert.equal(await page.locator("#figure-reduction .basis").isVisible(), true);
      assert.match(await textOf(page, ".printed"), /Founding members \(generated figures\) · September 2026/);
      const pdf = await page.pdf({ format: "A4", printBackground: true });
      const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
      assert.ok(pages >= 2 && pages <= 10, `${pages} pages`);
    }),

  // README's picture: the first blocks, drawn by the page itself.
  drawing: (url) =>
    inBrowser({ viewport: { width: 1200, height: 900 } }, async (page) => {
      await openMadeUp(page, url);
      await page.evaluate(async () => {
        const left = ".skip, .status, .controls, .contents, .top .actions, .bottom, #figure-reduction-parts, #figure-reduction-course, .block:not(#reduction, #coverage)";
        for (const one of document.querySelectorAll(left)) one.style.display = "none";
        document.querySelector(".columns").style.display = "block";
        for (let i = 0; i < 3; ++i) await new Promise((resolve) => requestAnimationFrame(resolve));
      });
      const svg = await drawingOf(page, {
        title: "The coordinators' page of Vervet",
        description: "Of a made-up coalition: the reduction with its 95% interval against the 80% target, the verdict, and who has reported. All figures are generated.",
      });
      await page.screenshot({ path: `${process.env.VERVET_DRAWING}.png`, fullPage: true });
      writeFileSync(process.env.VERVET_DRAWING, svg);
      assert.ok(svg.length < 60_000, `${svg.length} bytes`);
      assert.doesNotMatch(svg, /<script|<image|href=|@import|url\((?!#)|NaN|undefined/);
      assert.equal(await page.evaluate((text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent ?? "", svg), "");
      for (const said of ["Trade that users could see", "target 80%", "Coverage", "Who is missing", "(generated figures)"]) assert.ok(textsOf(svg).some((text) => text.includes(said)), said);
      const kept = wordsOf(readFileSync(process.env.VERVET_KEPT_DRAWING, "utf8"));
      const now = wordsOf(svg);
      const [gone, come] = [kept.filter((one) => !now.includes(one)), now.filter((one) => !kept.includes(one))];
      assert.ok(gone.length + come.length === 0, `docs/dashboard.svg is not of this page: it says ${gone.join(" ") || "nothing"} where the page says ${come.join(" ") || "nothing"}. To renew it: cp ${process.env.VERVET_DRAWING} docs/dashboard.svg, and look at it`);
    }),

  // A picture of more of the page, for whoever works on it.
  picture: (url) =>
    inBrowser({ viewport: { width: 1440, height: 1000 }, deviceScaleFactor: 1 }, async (page) => {
      await openMadeUp(page, url);
      await page.screenshot({ path: process.env.VERVET_PICTURE, fullPage: true, clip: { x: 0, y: 0, width: 1440, height: 1560 } });
      assert.ok(readFileSync(process.env.VERVET_PICTURE).length > 50_000);
    }),
});
