import { companionFloor } from "../../calibration/bands.ts";
import type { Withheld } from "../../publish/outcome.ts";
import { keepResolving } from "../../retrieval/citation.ts";
import { type Companion, findCompanions } from "../../retrieval/companions.ts";
import { type DanglingReference, findDanglingReferences } from "../../retrieval/dangling/find-dangling-references.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { findBreaches } from "../../retrieval/rules/find-breaches.ts";
import { eachPlaceOnce, findNearCopies, type NearCopies } from "../../retrieval/near-copies.ts";
import { isOrdinaryPath } from "../../retrieval/ordinary-path.ts";
import { readBlobs } from "../../shared/git-objects.ts";
import { limits } from "../../shared/limits.ts";
import { repositoryKey } from "../../shared/repository.ts";
import {
  companionFinding,
  danglingFinding,
  nearCopyFinding,
  pairedTest,
  pastReviewFinding,
  undoneFinding,
  type Draft,
} from "./findings.ts";
import { gatherSheet } from "./gather-sheet.ts";
import { ruleFinding } from "./rule-finding.ts";
import type { ReviewInput } from "./review-input.ts";
import { isHabit, isTestWorthNaming, isTwin, mayHaveTwins } from "./worth-saying.ts";

export interface Gathered {
  findings: Draft[];
  /** What this change has to do with, worth reading with no finding at all. */
  sheet: Evidence[];
  withheld: Withheld[];
}

export type GatherInput = Pick<
  ReviewInput,
  "subject" | "change" | "view" | "past" | "units" | "others" | "engramCommit" | "workspace" | "signal"
>;

/** Everything that code can find out about a change. What a citation does not bear out is dropped. */
export async function gatherEvidence(input: GatherInput): Promise<Gathered> {
  const { change, view, past, units, workspace, signal } = input;
  const cite = { citeCommit: citeCommit(input) };
  // What made a lock file's lines is no news to anybody.
  const ordinary = { ...input, change: { ...change, files: change.files.filter(({ path }) => isOrdinaryPath(path)) } };
  // Git's processes run beside our own search.
  const reading = Promise.all([
    gatherSheet(ordinary, cite.citeCommit),
    readOldTexts(input),
    findBreaches(ordinary.change, view, { gitDir: workspace.gitDir, signal }),
  ]);

  const isAsked = (path: string): boolean => mayHaveTwins(path, past.calibration);
  const nearCopies = findNearCopies(change, view, { ...cite, isAsked });
  const twins = eachPlaceOnce(
    nearCopies.found.map((found) => {
      return { ...found, copies: found.copies.filter((copy) => isTwin(copy, found, past.calibration)) };
    }),
  );
  const { companions, tests } = findCompanionsAndTests(input, cite.citeCommit);
  const [{ sheet: known, undone, lessons, late, unsearched }, oldTexts, breaches] = await reading;
  const sheet = [...tests, ...known];
  const before = (path: string): string | null => oldTexts.get(path) ?? null;
  const dangling = await findDanglingReferences(change, view, { ...cite, units, before });

  const cited = [
    ...twins.flatMap(({ copies }) => copies.map(({ evidence }) => evidence)),
    ...dangling.flatMap(({ references }) => references),
    ...companions.flatMap(({ evidence }) => evidence),
    ...undone.flatMap(({ evidence }) => evidence),
    ...lessons.map(({ evidence }) => evidence),
    ...breaches.flatMap(({ evidence }) => evidence),
    ...sheet,
  ];
  const { tracker, pulls } = past;
  const otherRepositories = new Map(
    input.others.map(({ repository, gitDir }) => [repositoryKey(repository), gitDir] as const),
  );
  const sources = { tracker, pulls, otherRepositories, signal };
  const resolved = new Set(await keepResolving(workspace.gitDir, cited, sources));
  const holds = (evidence: Evidence): boolean => resolved.has(evidence);

  const findings = [
    ...twins
      .filter((found) => !isToldAsGone(found, dangling))
      .map((found) =>
        nearCopyFinding({ ...found, copies: found.copies.filter(({ evidence }) => holds(evidence)) }, change),
      ),
    ...dangling.map((found) => danglingFinding({ ...found, references: found.references.filter(holds) }, change)),
    ...undone.map((found) => undoneFinding({ ...found, evidence: found.evidence.filter(holds) })),
    ...breaches.map((found) => ruleFinding({ ...found, evidence: found.evidence.filter(holds) })),
    ...lessons.filter(({ evidence }) => holds(evidence)).map((found) => pastReviewFinding(found, ordinary.change)),
    ...companions.map((found) => companionFinding({ ...found, evidence: found.evidence.filter(holds) }, change)),
  ];
  return {
    findings: findings.filter((draft) => draft !== null),
    sheet: sheet.filter(holds),
    withheld: [
      ...leftOut(nearCopies.unsearched, "edits", "too many or too long to be looked for elsewhere"),
      ...leftOut(unsearched, "places", "too many to look for all of them in what was done before"),
      ...leftOut(late, "lines", "time was short to find out who wrote some lines under the change"),
    ],
  };
}

/** Of a name whose last definition went, what still uses it is told once. */
function isToldAsGone({ renaming }: NearCopies, dangling: readonly DanglingReference[]): boolean {
  if (renaming === undefined) return false;
  const words = wordsOf(renaming.old);
  return dangling.some(({ name, kindOfChange }) => kindOfChange === "removed" && words.includes(name));
}

function wordsOf(code: string): string[] {
  return code.match(/[\p{L}\p{N}_$]+/gu) ?? [];
}

/** A changed file's text is the head's; every other file's is that of the engram's commit. */
function citeCommit({ change, engramCommit }: GatherInput): (path: string) => string {
  const changed = new Set(change.files.map(({ path }) => path));
  return (path) => (changed.has(path) ? change.head : engramCommit);
}

/** Habits strong enough for a finding; and tests that are only often changed along, for the sheet. */
function findCompanionsAndTests(
  { change, view, past }: GatherInput,
  citeCommit: (path: string) => string,
): { companions: Companion[]; tests: Evidence[] } {
  const { confidence: minConfidence, together: minTogether } = companionFloor;
  const found = findCompanions(change, view, past.history, { citeCommit, minConfidence, minTogether });
  const companions = found.filter((one) => isHabit(one, past.floors.companion, past.calibration));
  const tests = found.filter((one) => !companions.includes(one) && isTestWorthNaming(one, past.calibration));
  return { companions, tests: tests.slice(0, limits.sheetEntries).flatMap(pairedTest) };
}

/** Texts before the change by the paths of then, in one git process. */
async function readOldTexts({ change, workspace }: GatherInput): Promise<Map<string, string>> {
  const files = change.files.filter(({ oldBlob, binary, oldPath }) => oldBlob && !binary && isOrdinaryPath(oldPath));
  const texts = new Map<string, string>();
  let next = 0;
  for await (const { data } of readBlobs(
    workspace.gitDir,
    files.map(({ oldBlob }) => oldBlob ?? ""),
  )) {
    texts.set(files[next++]?.oldPath ?? "", data.toString("utf8"));
  }
  return texts;
}

function leftOut(count: number, what: string, reason: string): Withheld[] {
  return count === 0 ? [] : [{ about: `${count} ${what}`, text: "", reason }];
}
