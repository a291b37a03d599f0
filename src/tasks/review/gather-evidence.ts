import type { Withheld } from "../../publish/outcome.ts";
import { keepResolving } from "../../retrieval/citation.ts";
import { findCompanions } from "../../retrieval/companions.ts";
import { findDanglingReferences } from "../../retrieval/dangling-references.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { readHistory } from "../../retrieval/history.ts";
import { findNearCopies } from "../../retrieval/near-copies.ts";
import { isOrdinaryPath } from "../../retrieval/ordinary-path.ts";
import { findShapingCommits } from "../../retrieval/shaping-commits.ts";
import { findSimilarCode } from "../../retrieval/similar-code.ts";
import { limits } from "../../shared/limits.ts";
import { companionFinding, danglingFinding, nearCopyFinding, type Draft } from "./findings.ts";
import type { ReviewInput } from "./review-input.ts";
import { cutTiles } from "./tiles.ts";
import { hasTwins, isHabit, isRelated, isTwin } from "./worth-saying.ts";

export interface Gathered {
  findings: Draft[];
  /** Related code and commits, worth reading with no finding at all. */
  sheet: Evidence[];
  withheld: Withheld[];
}

type Input = Pick<ReviewInput, "change" | "view" | "engramCommit" | "workspace" | "signal">;

/** Everything that code can find out about a change. What a citation does not bear out in git is dropped. */
export async function gatherEvidence(input: Input): Promise<Gathered> {
  const { change, view, workspace, signal } = input;
  const options = { citeCommit: citeCommit(input) };

  const nearCopies = findNearCopies(change, view, options);
  const twins = nearCopies.found
    .filter(hasTwins)
    .map((found) => ({ ...found, copies: found.copies.filter((copy) => isTwin(copy, found)) }));
  const dangling = findDanglingReferences(change, view, options);
  const history = await readHistory(workspace.gitDir, change.base, { signal });
  const companions = findCompanions(change, view, history, options).filter(isHabit);
  // What made a lock file's lines is no news to anybody.
  const ordinary = { ...input, change: { ...change, files: change.files.filter(({ path }) => isOrdinaryPath(path)) } };
  const related = [...similarCode(ordinary), ...(await shapingCommits(ordinary))];

  const cited = [
    ...twins.flatMap(({ copies }) => copies.map(({ evidence }) => evidence)),
    ...dangling.flatMap(({ references }) => references),
    ...companions.flatMap(({ evidence }) => evidence),
    ...related,
  ];
  const resolved = new Set(await keepResolving(workspace.gitDir, cited, signal));
  const holds = (evidence: Evidence): boolean => resolved.has(evidence);

  const findings = [
    ...twins.map((found) =>
      nearCopyFinding({ ...found, copies: found.copies.filter(({ evidence }) => holds(evidence)) }, change),
    ),
    ...dangling.map((found) => danglingFinding({ ...found, references: found.references.filter(holds) }, change)),
    ...companions.map((found) => companionFinding({ ...found, evidence: found.evidence.filter(holds) }, change)),
  ];
  return {
    findings: findings.filter((draft) => draft !== null),
    sheet: related.filter(holds),
    withheld: nearCopies.unsearched > 0 ? [unsearched(nearCopies.unsearched)] : [],
  };
}

/** A changed file's text is the head's; every other file's is that of the engram's commit. */
function citeCommit({ change, engramCommit }: Input): (path: string) => string {
  const changed = new Set(change.files.map(({ path }) => path));
  return (path) => (changed.has(path) ? change.head : engramCommit);
}

/** Code elsewhere that is about the same as the largest parts of the change. */
function similarCode(input: Input): Evidence[] {
  const { change, view } = input;
  const changed = new Set(change.files.map(({ path }) => path));
  const found = new Map<string, Evidence>();
  for (const tile of cutTiles(change).slice(0, limits.relatedTiles)) {
    const text = tile.lines.flatMap((line) => (line.kind === "-" ? [] : [line.text])).join("\n");
    const query = { text, k: 2, paths: false, filter: (path: string) => !changed.has(path) };
    const similar = findSimilarCode(view, { ...query, citeCommit: citeCommit(input) });
    for (const evidence of similar.filter((one) => isRelated(one, tile.path))) {
      const path = evidence.citation.kind === "code" ? evidence.citation.path : "";
      if ((found.get(path)?.score ?? 0) < evidence.score) found.set(path, evidence);
    }
  }
  return [...found.values()].sort((a, b) => b.score - a.score).slice(0, limits.evidencePerFinding);
}

async function shapingCommits({ change, workspace, signal }: Input): Promise<Evidence[]> {
  const commits = await findShapingCommits(workspace.gitDir, change, { signal });
  return commits.map(({ evidence }) => evidence);
}

function unsearched(edits: number): Withheld {
  return { about: `${edits} edits`, text: "", reason: "too many or too long to be looked for elsewhere" };
}
