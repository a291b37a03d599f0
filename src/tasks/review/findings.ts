import { createHash } from "node:crypto";
import { companionBand, companionKind, copyBand } from "../../calibration/bands.ts";
import type { Anchor, Finding, FindingKind } from "../../publish/outcome.ts";
import type { Companion } from "../../retrieval/companions.ts";
import type { DanglingReference } from "../../retrieval/dangling/find-dangling-references.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import type { NearCopies } from "../../retrieval/near-copies.ts";
import type { ChangedRun } from "../../retrieval/changed-runs.ts";
import type { PastHunkEvidence } from "../../retrieval/past-hunks.ts";
import type { PastReview } from "../../retrieval/past-reviews.ts";
import type { Change, DiffLine } from "../../workspace/diff.ts";
import { citeNewLines } from "./cite-new-lines.ts";

/** A finding before it has a place. */
export interface Draft extends Omit<Finding, "placement" | "record"> {
  /** How sure the finder is, in the words of the calibration (bands.ts). */
  band: string;
  /** Of a model's finding: whose record it is placed by (`modelKey`). */
  model?: string;
}

/** "Changed here, not there": one finding an edit, with all its copies. */
export function nearCopyFinding(found: NearCopies, change: Change): Draft | null {
  const [first] = found.copies;
  if (first === undefined || found.anchor === null) return null;
  const places = found.copies.map(({ evidence }) => placeOf(evidence));
  const names = first.renamed.map(({ old, copy }) => `${code(old)} is called ${code(copy)} there`);
  const here = citeNewLines(change, found.anchor, "the code after this change");
  return {
    id: findingId("near-copy", [found.anchor.path, ...found.removed]),
    kind: "near-copy",
    band: copyBand(found, first),
    anchor: found.anchor,
    title: `Changed here, but not in ${places.join(" and ")}`,
    body: [
      whatStands(found),
      names.length > 0 ? `Names differ: ${names.join(", ")}.` : "",
      "If the reason for this change holds there too, it is needed there as well.",
    ]
      .filter(Boolean)
      .join(" "),
    evidence: [...(here ? [here] : []), ...found.copies.map(({ evidence }) => evidence)],
  };
}

/** The title has named the places. */
function whatStands({ removed, repeated, renaming }: NearCopies): string {
  if (renaming)
    return `This change puts ${code(renaming.now)} for ${code(renaming.old)} on ${repeated} lines; there ${code(renaming.old)} still stands.`;
  if (repeated === undefined) return "What these lines replace still stands there, as it was before this change.";
  return removed.length > 1
    ? `This change replaces these lines in ${repeated} places; there they still stand as they were.`
    : `This change replaces this line in ${repeated} places; there it still stands as it was.`;
}

/** A definition is gone or takes other arguments; its uses are what they were. */
export function danglingFinding(found: DanglingReference, change: Change): Draft | null {
  const [first] = found.references;
  if (first === undefined) return null;
  const path = found.removedAt.path;
  return {
    id: findingId("dangling-reference", [path, found.name]),
    kind: "dangling-reference",
    band: found.kindOfChange,
    anchor: onNewPath(found.removedAt, change),
    ...danglingWords(found, placeOf(first)),
    evidence: found.references,
  };
}

/** The title names the first place; what the text adds is why the name is gone, and how many places more there are. */
function danglingWords(
  { name, kindOfChange, owner = "", referenceCount }: DanglingReference,
  place: string,
): Pick<Draft, "title" | "body"> {
  const more = referenceCount - 1;
  const others = more < 1 ? "" : ` So ${more === 1 ? "does 1 more call" : `do ${more} more calls`}.`;
  const title = `${code(name)} is removed here, but ${place} still uses it`;
  switch (kindOfChange) {
    case "removed":
      return { title, body: `This was the last definition of ${code(name)} in the tree.${uses(more)}` };
    case "unbound":
      return { title, body: `Nothing in this file defines or imports ${code(name)} any more.${uses(more)}` };
    case "member":
      return { title, body: `The class ${code(owner)} does not have ${code(name)} any more.${uses(more)}` };
    case "signature":
      return {
        title: `${code(name)} has another signature here, which ${place} does not fit`,
        body: `The call there fits the signature that it had before this change.${others}`,
      };
  }
}

function uses(more: number): string {
  return more < 1 ? "" : ` ${more} more ${more === 1 ? "place uses" : "places use"} it, too.`;
}

/** A file that history says changes along was left alone; a test that goes with code is one of its own kind. */
export function companionFinding(found: Companion, change: Change): Draft | null {
  const { changed, companion, together, support } = found;
  if (found.evidence.length === 0) return null;
  const isTest = companionKind(found) === "paired-test";
  const kind = isTest ? "paired-test" : "companion";
  return {
    id: findingId(kind, [companion, changed]),
    kind,
    band: companionBand(found),
    anchor: firstNewLine(change, changed),
    title: isTest
      ? `${code(companion)}, which usually changes along with ${code(changed)}, is left alone`
      : `${code(companion)} usually changes along with ${code(changed)}`,
    body:
      `Of the last ${support} commits that changed ${code(changed)}, ${together} changed ${code(companion)} too. ` +
      (isTest ? "This change does not touch that test." : "This change leaves it alone."),
    evidence: found.evidence.map((one) => ({ ...one, kind })),
  };
}

/** Such a test on the sheet: by its lines, where it has some. */
export function pairedTest({ changed, together, support, evidence }: Companion): Evidence[] {
  const place = evidence.find(({ citation }) => citation.kind === "code") ?? evidence[0];
  if (place === undefined) return [];
  const why = `changed in ${together} of the last ${support} commits that changed ${code(changed)}, and not in this one`;
  return [{ ...place, kind: "paired-test", why }];
}

/** What was said about nearly the same code, and heeded there. */
export function pastReviewFinding({ comment, hunk, evidence }: PastReview, change: Change): Draft | null {
  const asked = change.files.flatMap((file) => file.hunks.map((one) => ({ file, lines: one.lines })))[hunk];
  if (asked === undefined) return null;
  return {
    id: findingId("past-review", [asked.file.path, String(comment.id)]),
    kind: "past-review",
    band: "changed",
    anchor: anchorOfRun(asked),
    title: `${comment.author.login} commented on nearly the same code in #${comment.pull}, and it was changed there`,
    body: `On ${code(comment.path)}, ${comment.author.login} wrote: “${evidence.text.replace(/\s+/g, " ")}”`,
    evidence: [evidence],
  };
}

/** Lines that an earlier commit wrote, for a reason that it told, are taken back. */
export function undoneFinding(found: PastHunkEvidence): Draft | null {
  const { commit, pull, issues, isFix, file, runs, lines, shared, evidence } = found;
  const [run] = runs;
  if (run === undefined || evidence.length === 0) return null;
  const closed = issues.length > 0 ? `, which closed ${issues.map((issue) => `#${issue}`).join(", ")}` : "";
  const from = pull === null ? "" : ` (#${pull})`;
  return {
    id: findingId("undone", [file.path, commit.commit]),
    kind: "undone",
    band: found.band,
    anchor: anchorOfRun(run),
    title: `Takes back what ${commit.commit.slice(0, 8)} did in ${code(file.path)}`,
    body:
      `${isFix ? "A fix" : "An earlier change"}, ${code(commit.subject)}${from}${closed}, put these lines as they were before this change: ` +
      `${shared} of ${lines} lines here are its own, taken back.`,
    evidence,
  };
}

/**
 * Identity of a finding: what it is about, without white space, so that rebases, moved lines and further edits of the
 * anchored line do not make it a new one (docs/decisions/005-finding-identity.md).
 */
export function findingId(kind: FindingKind, parts: string[]): string {
  const normal = [kind, ...parts.map((part) => part.replace(/\s+/g, ""))].join("\n");
  return createHash("sha256").update(normal).digest("hex").slice(0, 16);
}

function placeOf(evidence: Evidence): string {
  const { citation } = evidence;
  return citation.kind === "code" ? code(`${citation.path}:${citation.startLine}`) : "";
}

/** Paths and names come from the repository: a backtick in one must not end the code span. */
export function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

/** The lines that take it back: the new ones where there are any, else those that are gone. */
function anchorOfRun({ file, lines }: Pick<ChangedRun, "file" | "lines">): Anchor | null {
  const added = lines.flatMap(({ kind, newLine }) => (kind === "+" ? (newLine ?? []) : []));
  const [side, numbers] = added.length > 0 ? (["RIGHT", added] as const) : (["LEFT", removedLines(lines)] as const);
  const [startLine] = numbers;
  if (startLine === undefined) return null;
  // Only what stands together can be commented on.
  const end = numbers.findIndex((line, index) => line !== startLine + index);
  const endLine = numbers[(end < 0 ? numbers.length : end) - 1] ?? startLine;
  return { path: file.path, startLine, endLine, side };
}

function removedLines(lines: readonly DiffLine[]): number[] {
  return lines.flatMap(({ kind, oldLine }) => (kind === "-" ? (oldLine ?? []) : []));
}

/** GitHub names a renamed file by its new path on both sides. */
function onNewPath(anchor: Anchor, change: Change): Anchor {
  const file = change.files.find(({ oldPath }) => oldPath === anchor.path);
  return file ? { ...anchor, path: file.path } : anchor;
}

function firstNewLine(change: Change, path: string): Anchor | null {
  const file = change.files.find((candidate) => candidate.path === path);
  const lines = file?.hunks.flatMap((hunk) => hunk.lines) ?? [];
  const line = lines.find(({ kind }) => kind === "+") ?? lines.find(({ newLine }) => newLine !== null);
  const newLine = line?.newLine ?? null;
  return newLine === null ? null : { path, startLine: newLine, endLine: newLine, side: "RIGHT" };
}
