// The page before a real hub: what it says is what the command line says.
import { assert, axe, inBrowser, please, ready, runNamed, textOf } from "./browser.mjs";

const shown = (share) => `${(Math.abs(share) * 100).toFixed(1)}%`;
const wordOf = (verdict) => ({ VERDICT_MET: "is met", VERDICT_NOT_MET: "is not met", VERDICT_CANNOT_TELL: "cannot tell" })[verdict];

async function sameAs(page, status) {
  assert.equal(await textOf(page, "#headline-figure"), shown(status.point));
  assert.equal(await textOf(page, "#headline-interval"), `95% interval: ${shown(status.low)} to ${shown(status.high)}`);
  assert.ok((await textOf(page, "#headline-verdict")).includes(wordOf(status.verdict)), status.verdict);
}

await runNamed({
  // The figures of the page against those that the test read from the command line; then a contribution comes in.
  figures: (url) =>
    inBrowser({ bypassCSP: true }, async (page) => {
      await page.goto(url);
      await ready(page);
      const before = await please("status");
      await sameAs(page, before);
      assert.match(await textOf(page, "#figure-coverage"), new RegExp(`Reported on time ${before.on_time} of ${before.members}`));
      assert.match(await textOf(page, "#figure-reduction"), /Founders' panel/);
      assert.deepEqual(await axe(page), []);
      await page.evaluate(() => (window.sameDocument = true));
      const old = await textOf(page, "#headline-figure");
      const after = await please("revise");
      await page.waitForFunction((text) => document.querySelector("#headline-figure").textContent !== text, old.replace(" ", ""));
      await page.waitForFunction((text) => document.querySelector("#headline-figure").textContent === text, shown(after.point));
      await ready(page);
      await sameAs(page, after);
      assert.equal(await page.evaluate(() => window.sameDocument), true);
      assert.match(await textOf(page, "#figure-changes"), /Restated/);
      // As of before the revision, the old figure is there again.
      await page.fill("#control-position", String(before.position));
      await page.locator("#control-position").blur();
      await page.waitForFunction((text) => document.querySelector("#headline-figure").textContent === text, shown(before.point));
    }),

  first_page: (url) =>
    inBrowser({}, async (page) => {
      await page.goto(url);
      await ready(page);
      // Once more, with a browser that runs already: what a coordinator waits for.
      await page.reload();
      await ready(page);
      const ms = await page.evaluate(() => performance.getEntriesByName("ready").pop().startTime);
      if (process.env.VERVET_PICTURE) await page.screenshot({ path: process.env.VERVET_PICTURE, fullPage: true });
      console.log(`first page complete after ${Math.round(ms)} ms`);
      assert.ok(ms > 0, `${ms} ms`);
    }),

  hub_stops: (url) =>
    inBrowser({}, async (page) => {
      await page.goto(url);
      await ready(page);
      const figure = await textOf(page, "#headline-figure");
      await please("stop");
      await page.waitForFunction(() => document.body.classList.contains("stale"));
      assert.match(await textOf(page, ".status"), /The hub cannot be reached/);
      assert.equal(await textOf(page, "#headline-figure"), figure);
      await please("start");
      await page.waitForFunction(() => !document.body.classList.contains("stale"));
      assert.equal(await textOf(page, "#headline-figure"), figure);
    }),

  member: (url) =>
    inBrowser({}, async (page) => {
      await page.goto(url);
      await ready(page);
      assert.match(await textOf(page, ".who"), /seen as member/);
      const text = await textOf(page, "main");
      assert.doesNotMatch(text, /NaN|undefined|could not be shown/);
      const others = process.env.VERVET_OTHER_MEMBERS.split(",");
      for (const other of others) assert.ok(!text.includes(other), `shows ${other} to another member`);
    }),
});
