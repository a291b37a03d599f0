import { limits } from "../shared/limits.ts";
import type { ReplayReport } from "./replay.ts";
import { inWords } from "./replay-model.ts";

/** A page that stands alone: no script, nothing fetched. */
export function replayPage({ commit, pulls, rows, heldOut, warnings, model }: ReplayReport, precision: number): string {
  const bands = rows.map(({ kind, band, right, warnings: all, chance, lower, placement }) => [
    kind,
    band,
    `${right} of ${all}`,
    chance === null ? "" : chance.toFixed(2),
    lower.toFixed(2),
    inPlace(placement),
  ]);
  const perKind = heldOut.byKind.map(({ kind, right, warnings: all, chance, inline, summary }) => [
    kind,
    `${right} of ${all}`,
    chance === null ? "" : chance.toFixed(2),
    `${inline.right} of ${inline.warnings}`,
    `${summary.right} of ${summary.warnings}`,
  ]);
  const list = warnings.map(({ pull, kind, band, path, right }) => [
    `#${pull}`,
    kind,
    band,
    path,
    right ? "right" : "not done",
  ]);
  const said = (model?.findings ?? []).map(({ pull, path, line, text, right }) => [
    `#${pull}`,
    `${path}:${line}`,
    text,
    right ? "right" : "not done",
  ]);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>What would have been said</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; margin: 1rem 0; }
  th, td { padding: 0.25rem 0.75rem; text-align: left; border-bottom: 1px solid color-mix(in srgb, currentcolor 25%, transparent); }
  td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
</style>
<h1>What would have been said</h1>
<p>${pulls} past pull requests, looked at as of <code>${escape(commit.slice(0, 12))}</code>: for each, what the assistant would have said at
its first commit, and whether that proved right. For a comment on a line the lower bound must reach ${precision}.
${escape(heldOutInWords({ pulls, heldOut }))}</p>
<ul>${legend.map((line) => `<li>${escape(line)}</li>`).join("\n")}</ul>
${tableOf(["warning", "band", "right", "chance", "at least", "stands"], bands)}
<h2>The newer half, by kind</h2>
${tableOf(["warning", "right", "chance", "on lines", "in summaries"], perKind)}
<h2>Every warning</h2>
${tableOf(["pull request", "warning", "band", "file", "what became of it"], list)}
${
  model === undefined
    ? ""
    : `<h2>What a model would have said</h2>\n<p>${escape(inWords(model))}</p>\n${tableOf(["pull request", "place", "what it says", "what became of it"], said)}`
}
</html>
`;
}

/** What the columns mean. */
export const legend = [
  "right: what the pull request became did what the warning says; its author or a reviewer came to it by themselves.",
  "chance: how often the same came true for something as busy that nobody warned of.",
  "at least: lower bound of the share that is right, few warnings or few pull requests taken into account.",
  "stands: where a review puts such a warning from now on.",
];

/** Where a warning stands, for people. */
export function inPlace(placement: string): string {
  return (
    { inline: "on its line", summary: "in the summary", "too few to tell": "in the summary: too few to tell" }[
      placement
    ] ?? placement
  );
}

/** What the table would have been worth, for a terminal and for the page. */
export function heldOutInWords({ pulls, heldOut }: Pick<ReplayReport, "pulls" | "heldOut">): string {
  const older = pulls - heldOut.pulls;
  if (older < limits.calibratedPullsLeast) {
    return `The older half, ${older} pull requests, is too small to learn from and tell the newer half (${limits.calibratedPullsLeast} are needed).`;
  }
  const { inline, summary } = heldOut;
  return `Learnt from the older half and told to the newer (${heldOut.pulls}): on lines ${shareOf(inline)}, in summaries ${shareOf(summary)}.`;
}

function shareOf({ right, warnings }: { right: number; warnings: number }): string {
  return warnings === 0 ? "nothing" : `${right} of ${warnings} right`;
}

function tableOf(heading: string[], rows: string[][]): string {
  const row = (cells: string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${row(heading, "th")}</thead><tbody>${rows.map((cells) => row(cells, "td")).join("\n")}</tbody></table>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
