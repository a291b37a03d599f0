/**
 * `npx tsx bench/report/plots.ts` draws every figure of docs/report/figures/*.json that has series, as an SVG beside it, without any
 * dependency. Colours follow the reader's light or dark mode; the values stand beside the bars, so nothing rests on colour.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Figure {
  title: string;
  /** What printed the values, when, and on what. */
  command: string;
  date: string;
  machine: string;
  form: "bars" | "lines";
  /** Written behind each value. */
  unit: string;
  scale: "linear" | "log";
  /** Names of the groups of bars, or where the points of the lines lie from left to right. */
  labels: string[];
  /** Below the lines. */
  axis?: string;
  /** Null: not measured. */
  series: { name: string; values: (number | null)[] }[];
}

const width = 760;
const colours = ["a", "b", "c", "d", "e"];
const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; } .small { font-size: 11px; fill: #59636e; } .title { font-size: 15px; font-weight: 600; }
.axis { stroke: #d1d9e0; } .a { fill: #0969da; stroke: #0969da; } .b { fill: #bc4c00; stroke: #bc4c00; } .c { fill: #1a7f37; stroke: #1a7f37; }
.d { fill: #8250df; stroke: #8250df; } .e { fill: #6e7781; stroke: #6e7781; } polyline { fill: none !important; stroke-width: 2; } text { stroke: none !important; }
@media (prefers-color-scheme: dark) { text { fill: #f0f6fc; } .small { fill: #9198a1; } .axis { stroke: #3d444d; }
.a { fill: #4493f8; stroke: #4493f8; } .b { fill: #f0883e; stroke: #f0883e; } .c { fill: #3fb950; stroke: #3fb950; } .d { fill: #ab7df8; stroke: #ab7df8; } .e { fill: #9198a1; stroke: #9198a1; } }
</style>`;

export function drawFigure(figure: Figure): string {
  const { body, height } = figure.form === "bars" ? bars(figure) : lines(figure);
  const title = escape(figure.title);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">`,
    style,
    `<text class="title" x="12" y="24">${title}</text>`,
    ...body,
    `<text class="small" x="12" y="${height - 10}">${escape(`${figure.machine}, ${figure.date}`)}</text>`,
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

interface Drawing {
  body: string[];
  height: number;
}

const labelWidth = 230;
const barHeight = 16;

function bars({ series, labels, unit, scale }: Figure): Drawing {
  const body = legend(series);
  const at = position(series, scale);
  let y = 66;
  for (const [group, label] of labels.entries()) {
    const middle = y + (series.length * barHeight) / 2 + 4;
    body.push(`<text x="${labelWidth - 8}" y="${middle}" text-anchor="end">${escape(label)}</text>`);
    for (const [index, { values }] of series.entries()) {
      const value = values[group] ?? null;
      const length = value === null ? 0 : 1 + at(value) * (width - labelWidth - 110);
      const said = value === null ? "not measured" : `${figures(value)} ${unit}`;
      if (value !== null) {
        body.push(
          `<rect class="${colours[index]}" x="${labelWidth}" y="${y + 2}" width="${round(length)}" height="${barHeight - 5}"/>`,
        );
      }
      body.push(`<text class="small" x="${round(labelWidth + length + 6)}" y="${y + 12}">${escape(said)}</text>`);
      y += barHeight;
    }
    y += 10;
  }
  return { body, height: y + 26 };
}

function lines({ series, labels, unit, scale, axis }: Figure): Drawing {
  const [left, right, top, bottom] = [60, width - 150, 72, 320];
  // The first line's values stand below it, those of the others above.
  const at = position(series, scale);
  const x = (index: number) => round(left + (index * (right - left)) / Math.max(1, labels.length - 1));
  const y = (value: number) => round(bottom - at(value) * (bottom - top));
  const body = [
    ...legend(series),
    `<line class="axis" x1="${left}" y1="${bottom}" x2="${right}" y2="${bottom}"/>`,
    ...labels.map(
      (label, i) => `<text class="small" x="${x(i)}" y="${bottom + 18}" text-anchor="middle">${escape(label)}</text>`,
    ),
    `<text class="small" x="${(left + right) / 2}" y="${bottom + 36}" text-anchor="middle">${escape(axis ?? "")}</text>`,
  ];
  for (const [index, { values }] of series.entries()) {
    const points = values.flatMap((value, i) => (value === null ? [] : [{ value, i }]));
    const path = points.map(({ value, i }) => `${x(i)},${y(value)}`).join(" ");
    body.push(`<polyline class="${colours[index]}" points="${path}"/>`);
    for (const { value, i } of points) {
      body.push(
        `<circle class="${colours[index]}" cx="${x(i)}" cy="${y(value)}" r="3"/>`,
        `<text class="small" x="${x(i)}" y="${y(value) + (index === 0 ? 16 : -8)}" text-anchor="middle">${escape(`${figures(value)} ${unit}`)}</text>`,
      );
    }
  }
  return { body, height: bottom + 66 };
}

function legend(series: Figure["series"]): string[] {
  if (series.length < 2) return [];
  let x = 12;
  return series.flatMap(({ name }, index) => {
    const parts = [
      `<rect class="${colours[index]}" x="${x}" y="38" width="11" height="11"/>`,
      `<text class="small" x="${x + 16}" y="48">${escape(name)}</text>`,
    ];
    x += 34 + name.length * 6.4;
    return parts;
  });
}

/** From 0 to 1; a logarithmic scale begins at a half of the least value. */
function position(series: Figure["series"], scale: Figure["scale"]): (value: number) => number {
  const values = series.flatMap((one) => one.values.filter((value) => value !== null));
  const most = Math.max(...values, Number.MIN_VALUE);
  if (scale === "linear") return (value) => Math.max(0, value) / most;
  const least = Math.min(...values.filter((value) => value > 0)) / 2;
  return (value) => (value <= 0 ? 0 : Math.log(value / least) / Math.log(most / least));
}

/** Three significant digits, thousands apart. */
function figures(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString("en-GB", { maximumFractionDigits: 6 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

if (process.argv[1] === import.meta.filename) {
  const dir = join(import.meta.dirname, "../../docs/report/figures");
  for (const name of readdirSync(dir).filter((each) => each.endsWith(".json"))) {
    const figure = JSON.parse(readFileSync(join(dir, name), "utf8")) as Partial<Figure>;
    if (figure.series !== undefined)
      writeFileSync(join(dir, name.replace(/json$/, "svg")), drawFigure(figure as Figure));
  }
}
