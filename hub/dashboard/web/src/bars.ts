// Small bars, drawn by hand. What they show is in the text of the same row, so screen readers pass them over.
import { h, s } from "./dom";

export interface Bar {
  label: string;
  value: number;
  text: string; // the value as people read it
  class?: string;
  parts?: { value: number; class: string }[]; // instead of one
}

export function barList(bars: Bar[], label: string): HTMLElement {
  const largest = Math.max(...bars.map((one) => one.value), Number.MIN_VALUE);
  return h(
    "ul",
    { class: "bars", "aria-label": label },
    ...bars.map((one) => {
      const svg = s("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": true });
      svg.append(s("rect", { x: 0, y: 0, width: 100, height: 10, class: "rail" }));
      let from = 0;
      for (const part of one.parts ?? [{ value: one.value, class: one.class ?? "" }]) {
        const width = (part.value / largest) * 100;
        svg.append(s("rect", { x: from, y: 0, width, height: 10, class: `bar ${part.class}` }));
        from += width;
      }
      return h("li", {}, h("span", { class: "bar-label" }, one.label), svg, h("span", { class: "bar-value" }, one.text));
    }),
  );
}

// Shares of one whole, side by side.
export function shareBar(parts: { value: number; class: string }[]): SVGSVGElement {
  const whole = parts.reduce((sum, one) => sum + one.value, 0) || 1;
  const svg = s("svg", { viewBox: "0 0 1000 26", preserveAspectRatio: "none", class: "shares", "aria-hidden": true });
  let from = 0;
  for (const part of parts) {
    const width = (part.value / whole) * 1000;
    if (width <= 0) continue;
    svg.append(s("rect", { x: from, y: 0, width: Math.max(0, width - 3), height: 26, class: part.class }));
    from += width;
  }
  return svg;
}
