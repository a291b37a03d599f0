import type { RepositoryConfig } from "../../config/repository-config.ts";
import type { EngramView } from "../../engram/engram.ts";
import type { ModelProvider } from "../../model/model.ts";
import type { Finding, PullSubject, ReviewOutcome } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { limits } from "../../shared/limits.ts";
import type { Change } from "../../workspace/diff.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import { placeFindings } from "./place-findings.ts";
import { readTiles, type Reading } from "./read-tiles.ts";
import { reviewedPart } from "./reviewed-part.ts";
import { cutTiles, type Tile } from "./tiles.ts";

export interface ReviewInput {
  subject: PullSubject | null;
  workspace: Workspace;
  change: Change;
  /** The tree of the change's head. */
  view: EngramView;
  /** Commit that the view's unchanged files are cited at. */
  engramCommit: string;
  config: RepositoryConfig;
  models: ModelProvider;
  /** Epoch ms; the time budget counts from here. */
  startedAt: number;
  signal: AbortSignal;
  progress: (step: string, done?: number, total?: number) => void;
}

/**
 * Reviews a change: evidence and the findings that follow from it first, then the coding model's reading. Every finding is
 * worded by code and rests on evidence that was looked up again in git.
 */
export async function reviewChange(input: ReviewInput): Promise<ReviewOutcome> {
  const { change, config, subject, engramCommit } = input;
  const { part, counts } = reviewedPart(change, config.review.ignore);

  const gathered = await gatherEvidence({ ...input, change: part });
  const findings = placeFindings(gathered.findings, config.review);

  const reading = await letModelRead(part, findings, input);

  return {
    kind: "review",
    subject,
    base: change.base,
    head: change.head,
    findings,
    sheet: gathered.sheet,
    coverage: { ...counts, engramCommit, ms: Date.now() - input.startedAt },
    withheld: [...gathered.withheld, ...reading.withheld],
    model: reading.report,
  };
}

function letModelRead(part: Change, findings: Finding[], input: ReviewInput): Promise<Reading> {
  return readTiles(cutTiles(part), {
    models: input.models,
    findings,
    evidenceFor: (tile) => evidenceFor(tile, findings),
    deadline: input.startedAt + limits.reviewBudgetMs,
    signal: input.signal,
    onProgress: (done, total) => input.progress("the model reads the change", done, total),
  });
}

/** What was found about a tile's own lines, and nothing else: more context makes small models worse. */
function evidenceFor(tile: Tile, findings: Finding[]): Evidence[] {
  const lines = new Set(tile.lines.flatMap(({ newLine }) => newLine ?? []));
  const own = findings.filter(({ anchor }) => anchor?.path === tile.path && lines.has(anchor.startLine));
  return own.flatMap((finding) => finding.evidence).slice(0, limits.evidencePerPrompt);
}
