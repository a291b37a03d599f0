import type { Evidence } from "../../retrieval/evidence.ts";
import type { ModelProvider, Model } from "../../model/model.ts";
import type { Finding, ModelReport, Withheld } from "../../publish/outcome.ts";
import { messageOf } from "../../shared/errors.ts";
import { checkSentence } from "../check-sentence.ts";
import { remarkSchema, type Remark } from "./answer.ts";
import { tilePrompt, type TilePrompt } from "./prompt.ts";
import type { Tile } from "./tiles.ts";
import { wordFindings } from "./word-findings.ts";

export interface Reading {
  report: ModelReport;
  withheld: Withheld[];
}

export interface ReadTilesOptions {
  model: Model;
  models: ModelProvider;
  /** What code found; the model words it too. */
  findings: Finding[];
  /** Evidence about a tile, best first. */
  evidenceFor: (tile: Tile) => Evidence[];
  /** Epoch ms after which no new tile is begun. */
  deadline: number;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Lets the coding model read a change tile by tile and checks what it wrote. Until a model has qualified, every remark is
 * kept back: it is shown to the people who run the assistant, never published.
 */
export async function readTiles(tiles: Tile[], options: ReadTilesOptions): Promise<Reading> {
  const { model } = options;
  const report: ModelReport = {
    name: model.identity.name,
    note: "",
    prompts: 0,
    promptTokens: 0,
    generatedTokens: 0,
    ms: 0,
  };
  const withheld = await wordFindings(options.findings, model, options.models, report, options.signal);
  let read = 0;
  for (const [index, tile] of tiles.entries()) {
    if (Date.now() > options.deadline) break;
    options.onProgress?.(index, tiles.length);
    const kept = await readTile(tile, report, options);
    if (kept) withheld.push(kept);
    read++;
  }
  const { allowed, reason: verdict } = options.models.qualified(model.identity, "review");
  const words = allowed ? "remarks stay in reports in this version" : verdict;
  report.note = `read ${read} of ${tiles.length} parts of the change; its words are not shown: ${words}`;
  return { report, withheld };
}

async function readTile(tile: Tile, report: ModelReport, options: ReadTilesOptions): Promise<Withheld | null> {
  const { model } = options;
  const prompt = tilePrompt(tile, options.evidenceFor(tile));
  const [firstLine] = prompt.lines.values();
  if (firstLine === undefined) return null; // nothing is left there that a remark could stand on
  try {
    const schema = remarkSchema([...prompt.lines.keys()], [...prompt.evidence.keys()]);
    const answer = await model.generate({ messages: prompt.messages, schema, maxTokens: 160, signal: options.signal });
    report.prompts += 1;
    report.promptTokens += answer.promptTokens;
    report.generatedTokens += answer.generatedTokens;
    report.ms += answer.ms;
    const remark = answer.value;
    if (remark === undefined || remark.verdict === "no problem") return null;
    const unqualified = options.models.qualified(model.identity, "review");
    const reason = checkRemark(remark, prompt) ?? unqualified.reason;
    return { about: `${tile.path}:${prompt.lines.get(remark.line) ?? firstLine}`, text: remark.remark, reason };
  } catch (error) {
    options.signal?.throwIfAborted();
    report.prompts += 1;
    return {
      about: `${tile.path}:${firstLine}`,
      text: "",
      reason: `the model gave no usable answer: ${messageOf(error)}`,
    };
  }
}

function checkRemark(remark: Remark, prompt: TilePrompt): string | null {
  if (remark.evidence === "none") return "it rests on no evidence";
  const material = prompt.messages.map((message) => message.content).join("\n");
  return checkSentence(remark.remark, material);
}
