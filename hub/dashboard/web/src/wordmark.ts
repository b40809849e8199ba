import { s } from "./dom";

// "中文", drawn: who wants to choose it may not have set up a font for it.
export function zhongwen(): SVGSVGElement {
  return s(
    "svg",
    { viewBox: "0 0 34 16", width: 34, height: 16, class: "zhongwen", "aria-hidden": true },
    s("path", { d: "M2 4h12v6H2zM8 1v14M20 4h13M26.500 1.200v2.600M23 4c1 4.500 4.500 8.500 9.600 10.600M30 4c-1 4.500-4.500 8.500-9.600 10.600" }),
  );
}

// A call and its two echoes.
export function wordmark(): SVGSVGElement {
  return s(
    "svg",
    { viewBox: "0 0 32 32", width: 38, height: 38, class: "wordmark", "aria-hidden": true },
    s("rect", { width: 32, height: 32, rx: 7 }),
    s("path", { d: "M8 9l6.200 14.500a2 2 0 0 0 3.600 0L20 18", class: "letter" }),
    s("path", { d: "M20.500 8.200c2.600 1 4.200 3.400 4.200 6.100M18.600 12c1.300.5 2.100 1.700 2.100 3", class: "echo" }),
  );
}
