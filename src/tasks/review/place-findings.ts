import type { Calibration } from "../../calibration/calibration.ts";
import { isWarningKind } from "../../calibration/bands.ts";
import { placeWarning } from "../../calibration/place-warning.ts";
import type { RepositoryConfig } from "../../config/repository-config.ts";
import type { Finding, FindingKind, Withheld } from "../../publish/outcome.ts";
import type { Draft } from "./findings.ts";
import { isBelow, severityOf } from "./severity.ts";

/** What breaks comes before what may break, and that before what was perhaps forgotten. */
const kindOrder: FindingKind[] = [
  "secret",
  "linter",
  "rule",
  "dangling-reference",
  "undone",
  "near-copy",
  "model",
  "past-review",
  "paired-test",
  "companion",
];

/**
 * Gives each finding its place. On its lines, where this repository's own past pull requests bear its kind and band out with the
 * precision that is asked, or where the maintainer lets the kind stand there in any case; up to the configured number of
 * comments. Else in the summary, or nowhere, where the past says that such warnings are no better than chance. Where the past
 * says nothing yet, in the summary; a model's finding goes by what the same model said of past pull requests here; secrets and errors of linters alone do not wait for it. Linters take half of the comments at
 * most: a style that nobody enforced must not hide what only we can say. Most serious first, then by path and line.
 */
export function placeFindings(
  drafts: Draft[],
  config: RepositoryConfig["review"],
  calibration: Calibration | null,
): { findings: Finding[]; withheld: Withheld[] } {
  const ordered = [...drafts].sort(byKindAndPlace);
  const findings: Finding[] = [];
  const withheld: Withheld[] = [];
  let inline = 0;
  let linted = 0;
  for (const { band, model, ...finding } of ordered) {
    const { kind, anchor, title } = finding;
    const past = kind === "model" ? (calibration?.models?.get(model ?? "") ?? null) : calibration;
    const learnt = isWarningKind(kind) ? placeWarning(past, { kind, band, precision: config.precision }) : null;
    const wanted = config.inline.includes(kind) ? "inline" : (learnt?.placement ?? unlearnt(kind, band));
    const severity = severityOf(finding);
    const tooSmall = isBelow(severity, config.severity.summary);
    if (wanted === "nowhere" || tooSmall) {
      const about = anchor === null ? kind : `${anchor.path}:${anchor.startLine}`;
      const reason = tooSmall ? `its severity is ${severity}, below review.severity.summary` : (learnt?.reason ?? "");
      withheld.push({ about, text: title, reason });
      continue;
    }
    const mayStand = wanted === "inline" && !isBelow(severity, config.severity.inline);
    const room = kind !== "linter" || linted < Math.ceil(config.max_comments / 2);
    const fits = mayStand && anchor !== null && inline < config.max_comments && room;
    if (fits) inline++;
    if (fits && kind === "linter") linted++;
    const record = learnt && { record: learnt.reason };
    findings.push({ ...finding, placement: fits ? "inline" : "summary", ...record });
  }
  return { findings, withheld };
}

/**
 * A secret in a test is mostly made up; one elsewhere cannot wait until somebody has calibrated. Past reviews are never
 * calibrated: what people said is known from GitHub, and a replay has git alone. Nor are rules: that a line is against one
 * is a fact, and what was merged all the same says that nobody asked. Both wait in the summary. What a linter calls an error
 * was decided by whoever set it up and handed its report over.
 */
function unlearnt(kind: FindingKind, band: string): Finding["placement"] {
  const sure = (kind === "secret" && band !== "test") || (kind === "linter" && band === "error");
  return sure ? "inline" : "summary";
}

/** Orders findings as they are told. */
export function byKindAndPlace(a: Pick<Finding, "kind" | "anchor">, b: Pick<Finding, "kind" | "anchor">): number {
  return (
    kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) ||
    compare(a.anchor?.path ?? "", b.anchor?.path ?? "") ||
    (a.anchor?.startLine ?? 0) - (b.anchor?.startLine ?? 0)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
