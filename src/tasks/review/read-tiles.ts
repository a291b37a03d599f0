import type { Evidence } from "../../retrieval/evidence.ts";
import type { Model, ModelProvider, Priority } from "../../model/model.ts";
import { pool } from "../../orchestration/patterns.ts";
import type { Finding, ModelReport, Withheld } from "../../publish/outcome.ts";
import { messageOf } from "../../shared/errors.ts";
import { checkSentence } from "../check-sentence.ts";
import { askCounted } from "./ask-counted.ts";
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
  priority: Priority;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Lets the coding model read a change, as many tiles at once as it has slots, riskiest first, and checks what it wrote. Until a
 * model has qualified, every remark is kept back: it is shown to the people who run the assistant, never published.
 */
export async function readTiles(tiles: Tile[], options: ReadTilesOptions): Promise<Reading> {
  const { model, signal } = options;
  const report: ModelReport = {
    name: model.identity.name,
    note: "",
    prompts: 0,
    promptTokens: 0,
    generatedTokens: 0,
    ms: 0,
  };
  const pooled = { slots: model.status().slots, signal };
  const withheld = await wordFindings(options.findings, { ...options, report });
  let begun = 0;
  let read = 0;
  const remarks = await pool(
    tiles,
    async (tile) => {
      if (Date.now() > options.deadline) return null;
      options.onProgress?.(begun++, tiles.length);
      const kept = await readTile(tile, report, options);
      read++;
      return kept;
    },
    pooled,
  );
  const { allowed, reason: verdict } = options.models.qualified(model.identity, "review");
  const words = allowed ? "remarks stay in reports in this version" : verdict;
  report.note = `read ${read} of ${tiles.length} parts of the change; its words are not shown: ${words}`;
  return { report, withheld: [...withheld, ...remarks.filter((one) => one !== null)] };
}

async function readTile(tile: Tile, report: ModelReport, options: ReadTilesOptions): Promise<Withheld | null> {
  const { priority, signal } = options;
  const prompt = tilePrompt(tile, options.evidenceFor(tile));
  const [firstLine] = prompt.lines.values();
  if (firstLine === undefined) return null; // nothing is left there that a remark could stand on
  try {
    const schema = remarkSchema([...prompt.lines.keys()], [...prompt.evidence.keys()]);
    const answer = await askCounted(options.model, report, {
      messages: prompt.messages,
      schema,
      maxTokens: 160,
      priority,
      signal,
    });
    const remark = answer.value;
    if (remark === undefined || remark.verdict === "no problem") return null;
    const unqualified = options.models.qualified(answer.model, "review");
    const reason = checkRemark(remark, prompt) ?? unqualified.reason;
    return { about: `${tile.path}:${prompt.lines.get(remark.line) ?? firstLine}`, text: remark.remark, reason };
  } catch (error) {
    signal?.throwIfAborted();
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
