import type { Anchor, Severity, Withheld } from "../../../publish/outcome.ts";
import { limits } from "../../../shared/limits.ts";
import type { Change, DiffLine, FileDiff } from "../../../workspace/diff.ts";
import { citeNewLines } from "../cite-new-lines.ts";
import { code, type Draft, findingId } from "../findings.ts";
import type { LinterResult } from "./linter-result.ts";

const severities: Record<LinterResult["level"], Severity> = { error: "high", warning: "medium", note: "low" };

/**
 * What linters reported on lines that the change adds, each once, errors first. The lines are the change's own, so nothing
 * is told of code that nobody touched.
 */
export function linterFindings(
  results: readonly LinterResult[],
  change: Change,
): { findings: Draft[]; withheld: Withheld[] } {
  const order: LinterResult["level"][] = ["error", "warning", "note"];
  const placed = results
    .toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level))
    .flatMap((result) => {
      const file = fileOf(result.path, change);
      const anchor = file && anchorIn(file, result);
      return anchor ? [{ result, anchor }] : [];
    });
  const once = [
    ...new Map(placed.toReversed().map((one) => [keyOf(one.result, one.anchor), one])).values(),
  ].toReversed();
  const findings = once.map(({ result, anchor }) => findingOf(result, anchor, change)).filter((one) => one !== null);
  const shown = findings.slice(0, limits.linterFindings);
  const reason = `linters report more than ${limits.linterFindings} things on added lines`;
  const withheld = findings
    .slice(limits.linterFindings)
    .map(({ anchor, title }) => ({ about: `${anchor?.path}:${anchor?.startLine}`, text: title, reason }));
  return { findings: shown, withheld };
}

/** A tool that writes absolute paths ran in some folder: the longest path of the change that ends its own is meant. */
function fileOf(path: string, { files }: Change): FileDiff | undefined {
  const own = files.find((file) => file.path === path);
  if (own !== undefined || !/^(?:\/|[A-Za-z]:\/)/.test(path)) return own;
  const ends = files.filter((file) => path.endsWith(`/${file.path}`));
  return ends.toSorted((a, b) => b.path.length - a.path.length)[0];
}

/** The added lines of the report that stand together, from its first; null where that is no line that the change adds. */
function anchorIn(file: FileDiff, { startLine, endLine }: LinterResult): Anchor | null {
  for (const { lines } of file.hunks) {
    const added = lines.filter(isAdded).map(({ newLine }) => newLine);
    const from = added.indexOf(startLine);
    if (from < 0) continue;
    let last = startLine;
    for (const line of added.slice(from + 1)) if (line === last + 1 && line <= endLine) last = line;
    return { path: file.path, startLine, endLine: last, side: "RIGHT" };
  }
  return null;
}

function isAdded({ kind }: DiffLine): boolean {
  return kind === "+";
}

/** By the tool's own fingerprint, where it has one; another run of it may have seen the same. */
function keyOf({ tool, rule, fingerprint, message }: LinterResult, { path, startLine }: Anchor): string {
  return JSON.stringify(
    fingerprint === null ? [tool, rule, path, startLine, message] : [tool, rule, path, fingerprint],
  );
}

function findingOf({ tool, rule, level, message }: LinterResult, anchor: Anchor, change: Change): Draft | null {
  const here = citeNewLines(change, anchor, `reported by ${tool}${rule === "" ? "" : `: ${rule}`}`);
  if (here === null) return null;
  const [opening = "", ...rest] = message.trim().split("\n");
  const more = rest.join("\n").trim().slice(0, limits.linterMessageCharacters);
  const source = rule === "" ? code(tool) : `${code(tool)}: ${code(rule)}`;
  return {
    id: findingId("linter", [anchor.path, tool, rule, here.text]),
    kind: "linter",
    band: level,
    severity: severities[level],
    anchor,
    title: `${source}: ${opening || "reported here"}`,
    body: more || "The repository's own linter reports this on a line that the change adds.",
    evidence: [{ ...here, kind: "linter" }],
  };
}
