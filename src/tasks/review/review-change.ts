import type { Model, ModelProvider } from "../../model/model.ts";
import type { Finding, ReviewOutcome } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { packEvidence } from "../../retrieval/pack-evidence.ts";
import { limits } from "../../shared/limits.ts";
import { changedFiles } from "./changed-files.ts";
import { findSecrets } from "./find-secrets.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import { placeFindings } from "./place-findings.ts";
import { readTiles } from "./read-tiles.ts";
import type { ReviewInput } from "./review-input.ts";
import { reviewedPart } from "./reviewed-part.ts";
import { namedLeft, sampleChange } from "./sample-change.ts";
import { cutTiles, type Tile } from "./tiles.ts";
import { findUnitStarts } from "./unit-starts.ts";

/**
 * Reviews a change without a model: every finding is worded by code and rests on evidence that was looked up again in git.
 * @param note why no model has read the change
 */
export async function reviewChange(input: ReviewInput, note: string): Promise<ReviewOutcome> {
  const { change, config, subject, engramCommit } = input;
  const { ignore } = config.review;
  const { part, counts } = reviewedPart(change, ignore);
  // A key leaks out of a generated file as out of any other.
  const { part: withGenerated } = reviewedPart(change, ignore, { generated: true });
  const gathered = await gatherEvidence({ ...input, change: part });
  const drafts = [...(await findSecrets(withGenerated)), ...gathered.findings];
  const placed = placeFindings(drafts, config.review, input.past.calibration);
  return {
    kind: "review",
    subject,
    asked: input.asked,
    base: change.base,
    head: change.head,
    files: changedFiles(change),
    findings: placed.findings,
    sheet: gathered.sheet,
    coverage: { ...counts, engramCommit, ms: Date.now() - input.startedAt },
    withheld: [...gathered.withheld, ...placed.withheld],
    model: { name: null, note, prompts: 0, promptTokens: 0, generatedTokens: 0, ms: 0 },
  };
}

/** The same review after the model has read the change, within the time that is left. */
export async function letModelRead(
  review: ReviewOutcome,
  model: Model,
  models: ModelProvider,
  input: ReviewInput,
): Promise<ReviewOutcome> {
  const { part } = reviewedPart(input.change, input.config.review.ignore);
  const startsOf = await findUnitStarts(part, input.view, input.units);
  const { change: sampled, left } = sampleChange(part, review.findings, input.config.review.sample);
  const reading = await readTiles(cutTiles(sampled, { startsOf }), {
    model,
    models,
    findings: review.findings,
    evidenceFor: (tile) => evidenceFor(tile, review.findings),
    deadline: input.startedAt + input.config.review.minutes * 60_000,
    priority: input.asked ? "person" : "background",
    signal: input.signal,
    onProgress: (done, total) => input.progress("the model reads the change", done, total),
  });
  return {
    ...review,
    coverage: { ...review.coverage, ms: Date.now() - input.startedAt },
    withheld: [...review.withheld, ...reading.withheld],
    model: { ...reading.report, note: `${reading.report.note}${namedLeft(left)}` },
  };
}

/** What was found about a tile's own lines, and nothing else: more context makes small models worse. */
function evidenceFor(tile: Tile, findings: Finding[]): Evidence[] {
  const lines = new Set(tile.lines.flatMap(({ newLine }) => newLine ?? []));
  const own = findings.filter(({ anchor }) => anchor?.path === tile.path && lines.has(anchor.startLine));
  const evidence = own.flatMap((finding) => finding.evidence);
  return packEvidence(evidence, { tokens: limits.evidenceTokens }).packed.slice(0, limits.evidencePerPrompt);
}
