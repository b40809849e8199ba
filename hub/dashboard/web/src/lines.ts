// Lines over time, by uPlot, with their intervals as bands and a vertical line where the frame or the definitions
// changed. The arrow keys move through the periods; what the cursor is on is read out.
import uPlot from "uplot";
import { h, s } from "./dom";
import * as format from "./format";
import { t } from "./i18n";
import type { Days, Interval, Marker } from "./types";

export interface LinePoint {
  days: Days;
  value?: number;
  interval?: Interval;
}
export interface Line {
  name: string;
  points: LinePoint[];
}
export interface LineOptions {
  label: string; // what the chart is of
  value: (value: number | undefined) => string;
  axis?: (value: number) => string;
  markers?: Marker[];
  target?: number;
  from0?: boolean;
  height?: number;
  max?: number;
}

// Told apart by colour (Okabe and Ito 2008), by dashes and by the mark of their points.
const kDashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 4], [14, 4], [3, 6]];
const cssColour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const alive = new Set<Chart>();

class Chart {
  plot?: uPlot;
  constructor(
    readonly box: HTMLElement,
    readonly make: (width: number) => uPlot,
  ) {
    alive.add(this);
    sizes.observe(box);
  }
  draw(space: number, force = false): void {
    const width = Math.floor(space);
    if (width < 40) return;
    if (this.plot && !force) {
      this.plot.setSize({ width, height: this.plot.height });
      return;
    }
    this.plot?.destroy();
    this.plot = this.make(width);
  }
}
const sizes = new ResizeObserver((entries) => {
  // As observed: asked of the box, each chart would have the whole page laid out anew.
  const widths = new Map(entries.map((one) => [one.target, one.contentRect.width]));
  for (const chart of [...alive]) {
    if (!chart.box.isConnected && chart.plot) {
      chart.plot.destroy();
      sizes.unobserve(chart.box);
      alive.delete(chart);
    } else if (widths.has(chart.box)) {
      chart.draw(widths.get(chart.box)!);
    }
  }
});
// Colours are painted, so another scheme is another painting.
export function repaint(): void {
  for (const chart of alive) if (chart.box.isConnected) chart.draw(chart.box.clientWidth, true);
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

function markerPlugin(markers: Marker[]): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = cssColour("--marker");
        ctx.lineWidth = 1.5 * devicePixelRatio;
        ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
        for (const marker of markers) {
          const x = plot.valToPos(marker.day * 86_400, "x", true);
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
        }
        ctx.restore();
      },
    },
  };
}

function targetPlugin(target: number): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        const y = plot.valToPos(target, "y", true);
        if (y < bbox.top || y > bbox.top + bbox.height) return;
        ctx.save();
        ctx.strokeStyle = cssColour("--target");
        ctx.lineWidth = 2 * devicePixelRatio;
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        ctx.restore();
      },
    },
  };
}

export const markerText = (marker: Marker): string => {
  const at = format.day(marker.day);
  if (marker.kind === "FRAME_CHANGED") return t("marker.frame", { at, added: marker.strataAdded, gone: marker.strataGone });
  if (marker.kind === "DEFINITIONS_CHANGED") return t("marker.definitions", { at, version: marker.definitionVersion, text: marker.text });
  return t("marker.panel", { at, panel: marker.panel });
};

// The newest of them in words, under the chart that they are drawn in.
const kMarkersInWords = 5;
export function markerRemarks(markers: Marker[]): HTMLElement[] {
  const newest = [...markers].sort((a, b) => b.day - a.day);
  const lines = newest.slice(0, kMarkersInWords).map(markerText);
  if (newest.length > kMarkersInWords) lines.push(t("marker.more", { count: newest.length - kMarkersInWords }));
  return lines.map((text) =>
    h("p", { class: "marker" }, s("svg", { viewBox: "0 0 12 17", width: 12, height: 17, "aria-hidden": true }, s("path", { d: "M6 1v15", class: "marker-line" })), " ", text),
  );
}

// Null where no line has a value.
export function lineChart(lines: Line[], options: LineOptions): HTMLElement | null {
  const byBegin = new Map<number, Days>();
  for (const line of lines) for (const point of line.points) byBegin.set(point.days.begin, point.days);
  const periods = [...byBegin.values()].sort((a, b) => a.begin - b.begin);
  if (!lines.some((line) => line.points.some((point) => point.value !== undefined))) return null;
  const at = new Map(periods.map((days, i) => [days.begin, i]));
  const columns = lines.map((line) => {
    const point: (LinePoint | undefined)[] = periods.map(() => undefined);
    for (const one of line.points) point[at.get(one.days.begin)!] = one;
    return point;
  });
  const hasBands = lines.length <= 3 && lines.some((line) => line.points.some((point) => point.interval));
  const data: (number | null | undefined)[][] = [periods.map(middleOf)];
  for (const column of columns) {
    data.push(column.map((one) => one?.value ?? null));
    if (hasBands) data.push(column.map((one) => one?.interval?.high ?? null), column.map((one) => one?.interval?.low ?? null));
  }
  const stride = hasBands ? 3 : 1;
  const shown = data.slice(1).flatMap((column) => column.filter((one): one is number => typeof one === "number"));
  let low = options.from0 === false ? Math.min(...shown) : Math.min(0, ...shown);
  let high = options.max ?? Math.max(...shown, options.target ?? -Infinity);
  if (high === low) high = low + 1;
  const pad = (high - low) * 0.06;
  if (low < 0) low = Math.max(low - pad, -1.2);
  if (options.max === undefined) high += pad;

  const newest = periods.length - 1 - [...periods.keys()].reverse().findIndex((i) => columns.some((column) => column[i]?.value !== undefined));
  const readout = h("output", { class: "readout", "aria-live": "polite" });
  const say = (index?: number | null) => {
    // Without a cursor the newest period that has a value is read.
    if (index === null || index === undefined || !periods[index]) index = newest;
    readout.replaceChildren(
      h("strong", {}, format.period(periods[index], true)),
      ...lines.map((line, i) => {
        const point = columns[i][index];
        const range = point?.interval ? ` (${options.value(point.interval.low)} – ${options.value(point.interval.high)})` : "";
        return h("span", { class: `key k${i % 8}` }, `${lines.length > 1 ? `${line.name} ` : ""}${options.value(point?.value)}${range}`);
      }),
    );
  };

  const area = h("div", { class: "plot" });
  const twoLines = periods.some((days) => days.end - days.begin > 31);
  const margin = Math.max(86_400 * 12, ((middleOf(periods[periods.length - 1]) - middleOf(periods[0])) / Math.max(1, periods.length)) * 0.45);
  const make = (width: number): uPlot => {
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    lines.forEach((_, i) => {
      const colour = cssColour(`--s${i % 8}`);
      series.push({
        stroke: colour,
        width: 2.25,
        dash: kDashes[i % 8],
        points: { show: periods.length < 40, size: 6, fill: cssColour("--paper"), stroke: colour, width: 1.75 },
        spanGaps: false,
      });
      if (hasBands) {
        const edge: uPlot.Series = { stroke: "transparent", width: 0, points: { show: false } };
        series.push(edge, { ...edge });
        bands.push({ series: [i * stride + 2, i * stride + 3], fill: `${colour}2e` });
      }
    });
    const text = cssColour("--ink-2");
    const font = "12.5px 'Source Sans 3', 'Noto Sans CJK SC', sans-serif";
    return new uPlot(
      {
        width,
        height: options.height ?? 250,
        series,
        bands,
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, y: false, points: { size: 9 } },
        scales: { x: { time: true, range: (_u, min, max) => [min - margin, max + margin] }, y: { range: [low, high] } },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        axes: [
          {
            stroke: text,
            font,
            grid: { show: false },
            ticks: { stroke: cssColour("--rule"), width: 1, size: 5 },
            size: twoLines ? 52 : 34,
            // Under periods, and as many as have room.
            splits: () => {
              const step = Math.ceil((periods.length * (twoLines ? 78 : 54)) / Math.max(1, width - 70));
              return periods.filter((_, i) => (periods.length - 1 - i) % step === 0).map(middleOf);
            },
            values: (_u, splits) => splits.map((one) => tick(periods.find((days) => middleOf(days) === one)!)),
          },
          {
            stroke: text,
            font,
            grid: { stroke: cssColour("--rule"), width: 1 },
            ticks: { show: false },
            size: 58,
            values: (_u, splits) => splits.map((one) => (options.axis ?? options.value)(one)),
          },
        ],
        plugins: [...(options.markers?.length ? [markerPlugin(options.markers)] : []), ...(options.target !== undefined ? [targetPlugin(options.target)] : [])],
        hooks: { setCursor: [(plot) => say(plot.cursor.idx)] },
      },
      data as uPlot.AlignedData,
      area,
    );
  };
  const box = h(
    "div",
    {
      class: "lines",
      tabindex: "0",
      role: "group",
      "aria-label": t("chart.label", { label: options.label, first: format.period(periods[0], true), last: format.period(periods[periods.length - 1], true) }),
    },
    area,
    readout,
  );
  const chart = new Chart(area, make);
  let index: number | undefined;
  box.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !chart.plot) return;
    event.preventDefault();
    index = Math.min(periods.length - 1, Math.max(0, (index ?? (step > 0 ? -1 : periods.length)) + step));
    chart.plot.setCursor({ left: chart.plot.valToPos(middleOf(periods[index]), "x"), top: 10 });
    say(index);
  });
  say(undefined);
  const legend =
    lines.length > 1
      ? h("ul", { class: "legend" }, ...lines.map((line, i) => h("li", { class: `key k${i % 8}` }, line.name)))
      : null;
  return h("div", { class: "chart" }, legend, box);
}

// Where a period stands on the axis: seconds since 1970.
const middleOf = (days: Days): number => ((days.begin + days.end) / 2) * 86_400;

// "Aug", "2026" for its January; "Jul–Sept" over "2026".
function tick(days: Days): string {
  const part = (day: number, options: Intl.DateTimeFormatOptions) => format.part(new Date(day * 86_400_000), options);
  const month = part(days.begin, { month: "short" });
  if (days.end - days.begin <= 31) return new Date(days.begin * 86_400_000).getUTCMonth() === 0 ? part(days.begin, { year: "numeric" }) : month;
  return `${month}–${part(days.end - 1, { month: "short" })}\n${part(days.end - 1, { year: "numeric" })}`;
}
