// How long the page takes: opened again and again in a browser that has never seen it; beside it, in turn, the same page
// with answers that were kept, from memory.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { inBrowser, please, runNamed } from "./browser.mjs";

// In the page, from its beginning: notes when every block has its figures and every chart is drawn.
function watch() {
  const look = () => {
    const charts = [...document.querySelectorAll(".plot")];
    const complete = document.body?.dataset.ready && !document.body.matches(".stale") && !document.querySelector(".skeleton, progress") && charts.length > 0 && charts.every((one) => one.querySelector("canvas"));
    // A frame more, and it is on the screen.
    if (complete) requestAnimationFrame(() => (window.completeMs = performance.now()));
    else requestAnimationFrame(look);
  };
  look();
}

// { ms, answers, slowest }: `answers` by path, each { type, body }.
async function open(url) {
  const result = { answers: new Map() };
  await inBrowser({}, async (page) => {
    const responses = [];
    page.on("response", (one) => responses.push(one));
    await page.addInitScript(watch);
    await page.goto(url);
    await page.waitForFunction(() => window.completeMs, undefined, { polling: 20 });
    result.ms = await page.evaluate(() => window.completeMs);
    result.slowest = await page.evaluate(() => {
      const asked = performance.getEntriesByType("resource").filter((one) => one.name.includes("/api/"));
      const last = asked.sort((a, b) => b.duration - a.duration)[0];
      return `${new URL(last.name).pathname.slice(5)} ${Math.round(last.duration)} ms`;
    });
    for (const one of responses) {
      if (one.status() !== 200) continue;
      const { pathname, search } = new URL(one.url());
      result.answers.set(pathname + search, { type: one.headers()["content-type"], body: await one.body() });
    }
  });
  return result;
}

// A server that has them all in memory.
function serve(answers) {
  const server = createServer((request, response) => {
    const answer = answers.get(request.url);
    response.writeHead(answer ? 200 : 404, { "Content-Type": answer?.type ?? "text/plain", "Cache-Control": "no-store" });
    response.end(answer?.body);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

await runNamed({
  first_page: async (url) => {
    const rounds = Number(process.env.VERVET_ROUNDS);
    const { answers } = await open(url);
    const server = await serve(answers);
    const floorUrl = `http://127.0.0.1:${server.address().port}/`;
    const kilobytes = Math.round([...answers.values()].reduce((sum, one) => sum + one.body.length, 0) / 1000);
    const result = { page: [], floor: [], requests: answers.size, kilobytes, slowest: "" };
    const page = async () => {
      await please("contribute");
      const opened = await open(url);
      await please("opened");
      result.page.push(opened.ms);
      result.slowest = opened.slowest;
    };
    const floor = async () => result.floor.push((await open(floorUrl)).ms);
    for (let round = 0; round < rounds; ++round) {
      for (const side of round % 2 ? [floor, page] : [page, floor]) await side();
    }
    server.close();
    writeFileSync(process.env.VERVET_RESULT, JSON.stringify(result));
  },
});
