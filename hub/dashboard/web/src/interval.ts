// An interval on the scale of reductions, with the target's line: the page's one recurring picture.
import { s } from "./dom";
import * as format from "./format";
import { t } from "./i18n";
import type { Interval, Verdict } from "./types";

export const verdictClass = (verdict: Verdict): string =>
  verdict === "VERDICT_MET" ? "met" : verdict === "VERDICT_NOT_MET" ? "not-met" : "cannot-tell";
export const verdictName = (verdict: Verdict): string => t(`verdict.${verdictClass(verdict)}`);

// A shape of its own for each verdict, for eyes that do not tell the colours apart.
export function verdictMark(verdict: Verdict, size = 18): SVGSVGElement {
  const kind = verdictClass(verdict);
  const mark =
    kind === "met"
      ? s("path", { d: "M5 10.5l3.4 3.4L15 7", class: "stroke" })
      : kind === "not-met"
        ? s("path", { d: "M6.5 6.5l7 7m0-7l-7 7", class: "stroke" })
        : s("path", { d: "M7.4 7.6a2.7 2.7 0 1 1 3.9 2.6c-.9.4-1.300.9-1.300 1.800M10 14.600v.1", class: "stroke" });
  return s("svg", { viewBox: "0 0 20 20", width: size, height: size, class: `mark ${kind}`, "aria-hidden": true }, s("circle", { cx: 10, cy: 10, r: 10 }), mark);
}

// Where the scale begins: at nothing, or below where the interval reaches there.
export function scaleStart(intervals: (Interval | undefined)[]): number {
  const lowest = Math.min(0, ...intervals.filter((one): one is Interval => !!one).map((one) => one.low));
  return Math.max(-1, Math.floor(lowest * 10) / 10);
}

interface ScaleRow {
  interval?: Interval;
  verdict: Verdict;
  label?: string;
}

// Rows of intervals over one axis, labelled; the words beside it say the same to those who do not see it.
export function intervalScale(rows: ScaleRow[], target: number, width: number): SVGSVGElement {
  const start = scaleStart(rows.map((row) => row.interval));
  const narrow = width < 560;
  const left = 4;
  const right = 16;
  const top = 44;
  const rowHeight = 46;
  const bottom = 30;
  const height = top + rows.length * rowHeight + bottom;
  const x = (value: number) => left + ((Math.max(start, Math.min(1, value)) - start) / (1 - start)) * (width - left - right);
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "scale", "aria-hidden": true });
  const steps = narrow ? 0.25 : 0.1;
  for (let at = Math.ceil(start / steps) * steps; at <= 1.0001; at += steps) {
    const atX = x(at);
    svg.append(
      s("line", { x1: atX, x2: atX, y1: top - 6, y2: height - bottom, class: "grid" }),
      s("text", { x: atX, y: height - 8, "text-anchor": at > 0.99 ? "end" : atX - left < 1 ? "start" : "middle", class: "tick" }, format.percent(at, 0)),
    );
  }
  const base = height - bottom;
  svg.append(s("rect", { x: x(target), y: top - 6, width: x(1) - x(target), height: base - top + 6, class: "beyond" }));
  rows.forEach((row, i) => {
    const y = top + i * rowHeight + rowHeight / 2;
    if (!row.interval) return;
    const { low, high, point } = row.interval;
    const kind = verdictClass(row.verdict);
    if (row.label) svg.append(s("text", { x: left, y: y - 14, class: "row-label" }, row.label));
    svg.append(
      s("rect", { x: x(low), y: y - 6, width: Math.max(2, x(high) - x(low)), height: 12, rx: 6, class: `range ${kind}` }),
      s("rect", { x: x(point) - 3, y: y - 13, width: 6, height: 26, rx: 3, class: `point ${kind}` }),
    );
    if (low < start) svg.append(s("path", { d: `M${left + 9} ${y - 7}l-8 7l8 7`, class: "beyond-scale" }));
  });
  const labelAnchor = x(target) > width * 0.7 ? "end" : "start";
  svg.append(
    s("line", { x1: x(target), x2: x(target), y1: 22, y2: base, class: "target" }),
    s("text", { x: x(target) + (labelAnchor === "end" ? -6 : 6), y: 30, "text-anchor": labelAnchor, class: "target-label" }, t("reduction.target", { target: format.percent(target, 0) })),
  );
  return svg;
}

// A line of a table.
export function intervalLine(interval: Interval | undefined, verdict: Verdict, target: number, start: number): SVGSVGElement {
  const width = 360;
  const x = (value: number) => 2 + ((Math.max(start, Math.min(1, value)) - start) / (1 - start)) * (width - 8);
  const svg = s("svg", { viewBox: `0 0 ${width} 22`, class: "mini", "aria-hidden": true, preserveAspectRatio: "xMinYMid meet" });
  svg.append(
    s("line", { x1: 2, x2: x(1), y1: 11, y2: 11, class: "rail" }),
    s("line", { x1: x(target), x2: x(target), y1: 1, y2: 21, class: "target" }),
  );
  if (interval) {
    const kind = verdictClass(verdict);
    svg.append(
      s("rect", { x: x(interval.low), y: 7.5, width: Math.max(2, x(interval.high) - x(interval.low)), height: 7, rx: 3.5, class: `range ${kind}` }),
      s("rect", { x: x(interval.point) - 1.5, y: 3, width: 3, height: 16, rx: 1.5, class: `point ${kind}` }),
    );
  }
  return svg;
}
