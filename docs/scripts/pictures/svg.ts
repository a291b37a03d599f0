/** A drawing: its elements, and how wide and high it is in pixels. */
export interface Drawing {
  /** Read out by screen readers. */
  title: string;
  width: number;
  height: number;
  parts: readonly string[];
}

/** The text of an SVG file that reads well on light and on dark pages. */
export function svg({ title, width, height, parts }: Drawing): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .code { font: 12px ui-monospace, monospace }
  .small { font-size: 11px }
  .strong { font-weight: 600 }
  .quiet { fill: #59636e }
  .line { stroke: #d1d9e0; fill: none }
  .plain { fill: #d1d9e0 }
  .a { fill: #0969da } .b { fill: #bc4c00 } .c { fill: #1a7f37 } .d { fill: #8250df } .e { fill: #9a6700 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .line { stroke: #3d444d }
    .plain { fill: #3d444d }
    .a { fill: #4493f8 } .b { fill: #db6d28 } .c { fill: #3fb950 } .d { fill: #ab7df8 } .e { fill: #d29922 }
  }
</style>
${parts.join("\n")}
</svg>
`;
}

/** Colours in the order in which they are given out. */
export const colours = ["a", "b", "c", "d", "e"] as const;

export function text(x: number, y: number, value: string, kind = "", anchor = "start"): string {
  return `<text x="${figure(x)}" y="${figure(y)}" class="${kind}" text-anchor="${anchor}" xml:space="preserve">${escaped(value)}</text>`;
}

export function bar(x: number, y: number, width: number, height: number, kind: string): string {
  return `<rect x="${figure(x)}" y="${figure(y)}" width="${figure(width)}" height="${figure(height)}" class="${kind}"/>`;
}

export function dot(x: number, y: number, radius: number, kind: string): string {
  return `<circle cx="${figure(x)}" cy="${figure(y)}" r="${figure(radius)}" class="${kind}"/>`;
}

/** A path that is only drawn, such as a bracket or an axis. */
export function stroke(path: string): string {
  return `<path d="${path}" class="line"/>`;
}

/** The same digits on every machine. */
function figure(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
