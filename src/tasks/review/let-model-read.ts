import { minimatch } from "minimatch";
import type { Model, ModelProvider } from "../../model/model.ts";
import type { Finding, ReviewOutcome } from "../../publish/outcome.ts";
import { keepResolving } from "../../retrieval/citation.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { estimateTokens, packEvidence } from "../../retrieval/pack-evidence.ts";
import { limits } from "../../shared/limits.ts";
import type { JudgeTools } from "./judge-remarks.ts";
import { byKindAndPlace, placeFindings } from "./place-findings.ts";
import { tilePrompt } from "./prompt.ts";
import { onlyRemoves, type Reading, readTiles } from "./read-tiles.ts";
import { notePace } from "./reading-speed.ts";
import type { ReviewInput } from "./review-input.ts";
import { reviewedPart } from "./reviewed-part.ts";
import { byRisk } from "./risk.ts";
import { namedLeft, sampleChange } from "./sample-change.ts";
import { cutTiles, type Tile } from "./tiles.ts";
import { findUnitStarts } from "./unit-starts.ts";

/** What the stages that a task may not name do for it. */
export type ReadingTools = Pick<JudgeTools, "decide" | "findSyntaxErrors">;

/** What a model is going to read. */
export interface ReadingPlan {
  /** Riskiest first. */
  tiles: Tile[];
  /** Estimated tokens of all prompts. */
  tokens: number;
  /** Paths beyond `review.sample`. */
  left: string[];
}

export async function planReading(review: ReviewOutcome, input: ReviewInput): Promise<ReadingPlan> {
  const { change, config, view, units, past } = input;
  const { part } = reviewedPart(change, config.review.ignore);
  const startsOf = await findUnitStarts(part, view, units);
  const { change: sampled, left } = sampleChange(part, review.findings, config.review.sample);
  const tiles = byRisk(cutTiles(sampled, { startsOf }), review.findings, past.history);
  const prompts = tiles.map((tile) => promptOf(tile, review.findings, input).messages);
  const tokens = prompts.flat().reduce((sum, { content }) => sum + estimateTokens(content), 0);
  return { tiles, tokens, left };
}

/** The same review after the model has read the change, within the time that is left. */
export async function letModelRead(
  review: ReviewOutcome,
  model: Model,
  models: ModelProvider,
  input: ReviewInput,
  tools: ReadingTools,
  plan?: ReadingPlan,
): Promise<ReviewOutcome> {
  const planned = plan ?? (await planReading(review, input));
  const { tiles, left } = planned;
  const begunAt = performance.now();
  const reading = await readChangeWithModel(tiles, review.findings, { model, models, input, tools });
  if (reading.unread.length === 0) notePace(models, planned, reading.report, performance.now() - begunAt);
  const found = wordedFindings(review.findings, reading);
  const { review: config } = input.config;
  // The comments that stand on lines by now are part of what one review may post.
  const posted = found.filter(({ placement }) => placement === "inline").length;
  const room = { ...config, max_comments: Math.max(0, config.max_comments - posted) };
  const placed = placeFindings(reading.findings, room, input.past.calibration);
  const unread = unreadPaths(reading, left);
  return {
    ...review,
    findings: [...found, ...placed.findings].sort(byKindAndPlace),
    coverage: { ...review.coverage, ms: Date.now() - input.startedAt },
    withheld: [...review.withheld, ...reading.withheld, ...placed.withheld],
    model: {
      ...reading.report,
      note: `${reading.report.note}${namedLeft(left)}`,
      ...(isHeard(model, models) && { unread }),
    },
  };
}

/** Where nothing can stand that a model says, nothing is missing. */
function unreadPaths({ unread }: Reading, left: readonly string[]): string[] {
  return [...new Set([...unread.flatMap(({ path, reason }) => (reason === onlyRemoves ? [] : [path])), ...left])];
}

function isHeard({ identity }: Model, models: ModelProvider): boolean {
  return models.qualified(identity, "review").allowed && models.qualified(identity, "confirm").allowed;
}

/** What a model says of a change, without publishing it: each remark as a draft, or with why it is kept back. */
function readChangeWithModel(
  tiles: Tile[],
  findings: Finding[],
  { model, models, input, tools }: { model: Model; models: ModelProvider; input: ReviewInput; tools: ReadingTools },
): Promise<Reading> {
  const { change, config, past, view, workspace, asked, startedAt, signal, progress } = input;
  const { tracker, pulls } = past;
  return readTiles(tiles, {
    model,
    models,
    head: change.head,
    findings,
    evidenceFor: (tile) => evidenceFor(tile, findings),
    instructionsFor: (path) => instructionsFor(path, input),
    tools: {
      ...tools,
      text: (path) => view.text(path),
      keepResolving: (evidence) => keepResolving(workspace.gitDir, evidence, { tracker, pulls, signal }),
    },
    deadline: startedAt + config.review.minutes * 60_000,
    priority: asked ? "person" : "background",
    signal,
    onProgress: (done, total) => progress("the model reads the change", done, total),
  });
}

function promptOf(tile: Tile, findings: Finding[], input: ReviewInput) {
  return tilePrompt(tile, evidenceFor(tile, findings), instructionsFor(tile.path, input));
}

/** What was found about a tile's own lines, and nothing else: more context makes small models worse. */
function evidenceFor(tile: Tile, findings: Finding[]): Evidence[] {
  const lines = new Set(tile.lines.flatMap(({ newLine }) => newLine ?? []));
  const own = findings.filter(({ anchor }) => anchor?.path === tile.path && lines.has(anchor.startLine));
  const evidence = own.flatMap((finding) => finding.evidence);
  return packEvidence(evidence, { tokens: limits.evidenceTokens }).packed.slice(0, limits.evidencePerPrompt);
}

/** In the order of the configuration, which is the base branch's. */
function instructionsFor(path: string, { config }: ReviewInput): string[] {
  const own = config.review.paths.filter(({ match }) => minimatch(path, match, { dot: true }));
  return own.flatMap(({ instructions }) => instructions ?? []);
}

/** What code found, in a qualified model's words where there are any. */
function wordedFindings(findings: readonly Finding[], { worded }: Reading): Finding[] {
  return findings.map((finding) => {
    const words = worded.get(finding.id);
    return words ? { ...finding, body: words.sentence, writtenBy: words.writtenBy } : finding;
  });
}
