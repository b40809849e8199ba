// The page as it stands in the browser, as an SVG: text stays text, and nothing is loaded with it. It knows what the
// page's first blocks are made of (boxes, lines of text, inline SVG); what it does not know is an error, not a gap.

const kFonts = [
  [/^"?Source Serif/, "'Source Serif 4', Georgia, 'Noto Serif', 'Times New Roman', serif"],
  [/^/, "'Source Sans 3', 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"],
];

// All that `page` shows from the top to `height`. Lengths are in CSS pixels, to a tenth.
export async function drawingOf(page, { title, description }) {
  const drawn = await page.evaluate(drawBody);
  const fontOf = (family) => kFonts.find(([like]) => like.test(family))[1];
  const sans = fontOf("");
  const tag = (name, attributes, inside) => {
    const text = Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}="${escaped(value)}"`)
      .join("");
    return inside === undefined ? `<${name}${text}/>` : `<${name}${text}>${inside}</${name}>`;
  };
  const nodes = (list) =>
    list.map(({ name, family, inside, text, ...attributes }) => {
      const font = family === undefined ? undefined : fontOf(family);
      if (font !== undefined && font !== sans) attributes["font-family"] = font;
      return tag(name, attributes, inside ? `\n${nodes(inside).join("\n")}\n` : text === undefined ? undefined : escaped(text));
    });
  const { width, height } = drawn;
  const lines = [
    tag("title", { id: "title" }, escaped(title)),
    tag("desc", { id: "desc" }, escaped(description)),
    ...(drawn.defs.length ? [tag("defs", {}, nodes(drawn.defs).join("\n"))] : []),
    tag("g", { "font-family": sans }, `\n${nodes(drawn.nodes).join("\n")}\n`),
  ];
  const head = { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-labelledby": "title desc" };
  return `${tag("svg", head, `\n${lines.join("\n")}\n`)}\n`;
}

const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

// The lines of text of a drawing.
export function textsOf(svg) {
  const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((found) => plain(found[1]));
}
// The words of a drawing that are no figures: what must be the same in two drawings of the same page, wherever a browser
// breaks the lines and whatever the figures are.
export function wordsOf(svg) {
  return [...new Set(textsOf(svg).flatMap((text) => text.split(/\s+/)).filter((word) => /\p{L}/u.test(word) && !/\d/.test(word)))].sort();
}

// In the browser. Answers plain values: { width, height, defs, nodes }, a node being { name, ...attributes } with
// `inside` or `text`; numbers are rounded.
function drawBody() {
  const kGeometry = ["x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "x2", "y1", "y2"];
  const defs = [];
  const round = (value) => Math.round(value * 10) / 10 + 0; // no -0
  const canvas = document.createElement("canvas").getContext("2d");

  // "rgb(1, 2, 3)", "rgba(1, 2, 3, 0.5)" or "color(srgb 0.1 0.2 0.3 / 0.5)" as { colour: "#010203", alpha }; none: undefined.
  function paint(text) {
    if (text === "none" || text === "transparent") return undefined;
    const numbers = text.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number);
    const unit = text.startsWith("color(srgb") ? 255 : 1;
    if (!numbers || numbers.length < 3 || !/^(rgba?|color\(srgb)/.test(text)) throw new Error(`a colour: ${text}`);
    const alpha = numbers[3] ?? 1;
    if (alpha === 0) return undefined;
    const hex = (value) => Math.round(value * unit).toString(16).padStart(2, "0");
    return { colour: `#${numbers.slice(0, 3).map(hex).join("")}`, alpha };
  }
  const filled = (text) => {
    const found = paint(text);
    return found ? { fill: found.colour, ...(found.alpha < 1 ? { "fill-opacity": Math.round(found.alpha * 100) / 100 } : {}) } : { fill: "none" };
  };
  const stroked = (text, width) => {
    const found = paint(text);
    return found && width > 0 ? { stroke: found.colour, "stroke-width": width === 1 ? undefined : width, ...(found.alpha < 1 ? { "stroke-opacity": Math.round(found.alpha * 100) / 100 } : {}) } : {};
  };

  // Of the page's one kind: "radial-gradient(120% 140% at 85% 0%, A, B 62%)".
  function gradient(text, box) {
    const found = /^radial-gradient\(([\d.]+)% ([\d.]+)% at ([\d.]+)% ([\d.]+)%, (rgb\([^)]*\))(?: 0%)?, (rgb\([^)]*\)) ([\d.]+)%\)$/.exec(text);
    if (!found) throw new Error(`a background: ${text}`);
    const [rx, ry, x, y] = found.slice(1, 5).map((one) => Number(one) / 100);
    const id = `g${defs.length}`;
    defs.push({
      name: "radialGradient", id, gradientUnits: "userSpaceOnUse", cx: 0, cy: 0, r: 1,
      gradientTransform: `matrix(${round(rx * box.width)} 0 0 ${round(ry * box.height)} ${round(box.left + x * box.width)} ${round(box.top + y * box.height)})`,
      inside: [{ name: "stop", "stop-color": paint(found[5]).colour }, { name: "stop", offset: Number(found[7]) / 100, "stop-color": paint(found[6]).colour }],
    });
    return { fill: `url(#${id})` };
  }

  const rect = (x, y, width, height, radius, more) => ({ name: "rect", x: round(x), y: round(y), width: round(width), height: round(height), ...(radius > 0 ? { rx: round(Math.min(radius, width / 2, height / 2)) } : {}), ...more });

  function drawBox(box, style, out) {
    const image = style.backgroundImage !== "none";
    const ground = image ? gradient(style.backgroundImage, box) : filled(style.backgroundColor);
    const radius = parseFloat(style.borderTopLeftRadius);
    const sides = ["Top", "Right", "Bottom", "Left"].map((side) => (style[`border${side}Style`] === "none" || !paint(style[`border${side}Color`]) ? 0 : parseFloat(style[`border${side}Width`])));
    const [top, right, bottom, left] = sides;
    if (sides.every((one) => one === 0)) {
      if (ground.fill !== "none") out.push(rect(box.left, box.top, box.width, box.height, radius, ground));
    } else if (sides.every((one) => one === top)) {
      out.push(rect(box.left + top / 2, box.top + top / 2, box.width - top, box.height - top, radius && radius - top / 2, { ...ground, ...stroked(style.borderTopColor, top) }));
    } else if (radius > 0 && top > 0 && !right && !bottom && !left) {
      // The border is what the ground leaves of the outer shape: its inner corners are ellipses.
      const r = radius;
      const inner = Math.max(0, r - top);
      out.push(rect(box.left, box.top, box.width, box.height, r, filled(style.borderTopColor)));
      const [x, y, x2, y2] = [box.left, box.top + top, box.right, box.bottom].map(round);
      out.push({ name: "path", d: `M${x} ${round(y + inner)}a${r} ${inner} 0 0 1 ${r} ${-inner}H${round(x2 - r)}a${r} ${inner} 0 0 1 ${r} ${inner}V${round(y2 - r)}a${r} ${r} 0 0 1 ${-r} ${r}H${round(x + r)}a${r} ${r} 0 0 1 ${-r} ${-r}z`, ...ground });
    } else if (radius === 0) {
      if (ground.fill !== "none") out.push(rect(box.left, box.top, box.width, box.height, 0, ground));
      const line = (x, y, width, height, colour) => width > 0 && height > 0 && out.push(rect(x, y, width, height, 0, filled(colour)));
      line(box.left, box.top, box.width, top, style.borderTopColor);
      line(box.left, box.bottom - bottom, box.width, bottom, style.borderBottomColor);
      line(box.left, box.top, left, box.height, style.borderLeftColor);
      line(box.right - right, box.top, right, box.height, style.borderRightColor);
    } else {
      throw new Error(`borders ${sides.join(" ")} with corners of ${radius}`);
    }
  }

  const fontAttributes = (style) => ({ family: style.fontFamily, "font-size": round(parseFloat(style.fontSize)), ...(Number(style.fontWeight) !== 400 ? { "font-weight": style.fontWeight } : {}) });

  // Line by line. textLength keeps every line as long as it was, whatever font the reader's machine has.
  function drawText(node, style, out) {
    const lines = [];
    const range = document.createRange();
    for (const word of node.data.matchAll(/\S+/g)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      for (const box of range.getClientRects()) {
        const line = lines[lines.length - 1];
        if (line && Math.abs(line.top - box.top) < 2) Object.assign(line, { text: `${line.text} ${word[0]}`, right: box.right });
        else lines.push({ text: word[0], left: box.left, right: box.right, top: box.top });
        break; // a word that is broken stays in its first line
      }
    }
    canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const before = getComputedStyle(node.parentElement, "::before").content;
    if (lines.length > 0 && node === node.parentElement.firstChild && /^".+"$/.test(before)) {
      const text = before.slice(1, -1);
      lines[0].left -= canvas.measureText(text).width;
      lines[0].text = text + lines[0].text;
    }
    const ascent = canvas.measureText("x").fontBoundingBoxAscent;
    const end = ["right", "end"].includes(style.textAlign);
    for (const line of lines) {
      out.push({
        name: "text", x: round(end ? line.right : line.left), y: round(line.top + ascent), ...(end ? { "text-anchor": "end" } : {}),
        textLength: round(line.right - line.left), lengthAdjust: "spacingAndGlyphs", ...fontAttributes(style), ...filled(style.color), text: line.text,
      });
    }
  }

  // A shape of an inline SVG, with what the style sheet says of it.
  function drawShape(shape) {
    const style = getComputedStyle(shape);
    const node = { name: shape.tagName };
    for (const key of kGeometry) if (shape.hasAttribute(key)) node[key] = round(Number(shape.getAttribute(key)));
    for (const key of ["d", "points", "text-anchor"]) if (shape.hasAttribute(key)) node[key] = shape.getAttribute(key);
    if (Number(style.opacity) !== 1) node.opacity = Number(style.opacity);
    if (shape.tagName === "text") {
      if (style.stroke !== "none") Object.assign(node, stroked(style.stroke, parseFloat(style.strokeWidth)), { "paint-order": style.paintOrder, "stroke-linejoin": style.strokeLinejoin });
      return { ...node, textLength: round(shape.getComputedTextLength()), lengthAdjust: "spacingAndGlyphs", ...fontAttributes(style), ...filled(style.fill), text: shape.textContent };
    }
    if (!["rect", "circle", "line", "path"].includes(shape.tagName)) throw new Error(`a shape: ${shape.tagName}`);
    Object.assign(node, shape.tagName === "line" ? {} : filled(style.fill), stroked(style.stroke, parseFloat(style.strokeWidth)));
    if (node.stroke && style.strokeDasharray !== "none") node["stroke-dasharray"] = style.strokeDasharray.replace(/px/g, "");
    if (node.stroke && style.strokeLinecap !== "butt") node["stroke-linecap"] = style.strokeLinecap;
    if (node.stroke && style.strokeLinejoin !== "miter") node["stroke-linejoin"] = style.strokeLinejoin;
    return node;
  }
  function drawSvg(svg, style, out) {
    const box = svg.getBoundingClientRect();
    const node = {
      name: "svg", x: round(box.left), y: round(box.top), width: round(box.width), height: round(box.height), viewBox: svg.getAttribute("viewBox"),
      preserveAspectRatio: svg.getAttribute("preserveAspectRatio") ?? undefined, ...(style.overflow === "visible" ? { overflow: "visible" } : {}),
      inside: [...svg.children].map(drawShape),
    };
    const radius = parseFloat(style.borderTopLeftRadius);
    if (!radius) return out.push(node);
    const id = `c${defs.length}`;
    defs.push({ name: "clipPath", id, inside: [rect(box.left, box.top, box.width, box.height, radius, {})] });
    out.push({ name: "g", "clip-path": `url(#${id})`, inside: [node] });
  }

  const out = [];
  function draw(element) {
    const style = getComputedStyle(element);
    // Also what stands in details that are closed.
    if (!element.checkVisibility() || style.visibility !== "visible" || style.clipPath !== "none") return;
    if (element instanceof SVGSVGElement) return drawSvg(element, style, out);
    const box = element.getBoundingClientRect();
    if (style.opacity !== "1" || style.filter !== "none" || style.transform !== "none") throw new Error(`${element.className}: seen through something`);
    if (["CANVAS", "IMG", "INPUT", "SELECT"].includes(element.tagName)) throw new Error(`a ${element.tagName}`);
    if (style.display !== "contents" && box.width > 0 && box.height > 0) drawBox(box, style, out);
    for (const child of element.childNodes) {
      if (child instanceof Text) drawText(child, style, out);
      else if (child instanceof Element) draw(child);
    }
  }
  draw(document.body);
  const { width, height } = document.body.getBoundingClientRect();
  return { width: Math.ceil(width), height: Math.ceil(height), defs, nodes: out };
}
