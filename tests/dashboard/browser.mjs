// A headless Chromium and a few words for tests. VERVET_WEB_BUILD: where the page was built, with its packages.
import assert from "node:assert/strict";
import { existsSync, readFileSync, unlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { madeUp } from "./made_up_answers.mjs";

const require = createRequire(`${process.env.VERVET_WEB_BUILD}/package.json`);
const { chromium } = require("playwright-core");

const kPatienceMs = 60_000; // for machines that do much else
const kArguments = [
  "--no-sandbox", // tests may run as root
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let browser;
let cookies = []; // of the session: the address that was printed opens one browser, once

async function launch() {
  browser = await chromium.launch({ executablePath: process.env.VERVET_CHROMIUM ?? "/usr/bin/chromium", args: kArguments });
}
// Exchanges the token in the address; from then on every context is let in.
async function enter(url) {
  const context = await browser.newContext();
  await context.request.get(url);
  cookies = await context.cookies();
  await context.close();
  assert.equal(cookies.length, 1);
  return new URL("/", url).href;
}

// Runs `test(page, context)` in a window of its own; what the page logs as an error, or asks of another host, fails it.
export async function inBrowser(options, test) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: "en-GB", colorScheme: "light", ...options });
  try {
    context.setDefaultTimeout(kPatienceMs);
    await context.addCookies(cookies);
    const page = await context.newPage();
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
    page.on("console", (message) => {
      // What the hub refuses is answered with an HTTP status, which the browser reports too.
      if (message.type() === "error" && !/Failed to load resource/.test(message.text())) wrong.push(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      const host = new URL(request.url()).hostname;
      if (!["127.0.0.1", "localhost", ""].includes(host)) wrong.push(`asked of ${host}`);
    });
    await test(page, context);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

// Answers the page's questions from a made-up world; `world.away` plays a hub out of reach. Returns what was asked.
export async function answerFrom(page, world) {
  const asked = [];
  await page.route("**/api/**", async (route) => {
    const url = new URL(route.request().url());
    const name = url.pathname.slice("/api/".length);
    const question = JSON.parse(url.searchParams.get("q") ?? "{}");
    asked.push({ name, question });
    const json = (status, body) => route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });
    if (world.away && name !== "session") return json(503, { error: { code: "UNAVAILABLE", message: "the hub is away" } });
    const refused = world.refuse?.(name, question);
    if (refused) return json(...refused);
    const answer = world.answer(name, question);
    return answer ? json(200, answer) : json(404, { error: { code: "NOT_FOUND", message: name } });
  });
  return asked;
}

export async function ready(page) {
  // A hub that has just started, or is busy, is asked again by the page itself.
  await page.waitForFunction(() => document.body.dataset.ready && !document.body.classList.contains("stale"));
}
export async function openMadeUp(page, url, state = {}) {
  const world = madeUp(state);
  const asked = await answerFrom(page, world);
  await page.goto(url);
  await ready(page);
  return { world, asked };
}

export const textOf = async (page, selector) => (await page.locator(selector).first().innerText()).replace(/\s+/g, " ").trim();

// Asks the test to do something: a line on standard output, and its answer in a file.
export async function please(word) {
  console.log(word);
  const file = `${process.env.VERVET_ANSWERS}/${word}.json`;
  for (const until = Date.now() + 30_000; !existsSync(file); ) {
    assert.ok(Date.now() < until, `no answer to ${word}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const answer = JSON.parse(readFileSync(file, "utf8"));
  unlinkSync(file); // it can be asked again
  return answer;
}

// What axe-core finds wrong, in a line each.
export async function axe(page) {
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return result.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

// Runs the scenario that the command line names, or all of them, two at a time: node script.mjs SCENARIO|all URL. Writes
// "passed NAME" or "failed NAME REASON" for each, a line each.
export async function runNamed(scenarios) {
  const [name, address] = process.argv.slice(2);
  const names = name === "all" ? Object.keys(scenarios) : [name];
  await launch();
  try {
    const url = await enter(address);
    const worker = async () => {
      for (let next = names.shift(); next; next = names.shift()) {
        try {
          await scenarios[next](url);
          console.log(`passed ${next}`);
        } catch (error) {
          console.log(`failed ${next} ${JSON.stringify(String(error.stack ?? error))}`);
          process.exitCode = 1;
        }
      }
    };
    await Promise.all([worker(), worker()]);
  } finally {
    await browser.close();
  }
}
export { assert };
