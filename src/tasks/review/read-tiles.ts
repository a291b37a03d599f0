import type { Evidence } from "../../retrieval/evidence.ts";
import type { Model, ModelProvider, Priority } from "../../model/model.ts";
import { pool } from "../../orchestration/patterns.ts";
import type { Finding, ModelReport, Withheld } from "../../publish/outcome.ts";
import { AssistantError, messageOf } from "../../shared/errors.ts";
import { checkSentence } from "../check-sentence.ts";
import { askCounted } from "./ask-counted.ts";
import { remarkSchema, type Remark } from "./answer.ts";
import { tilePrompt, type TilePrompt } from "./prompt.ts";
import type { Tile } from "./tiles.ts";
import { namedUnread, unreadLinesOf, type UnreadLines } from "./unread-lines.ts";
import { wordFindings } from "./word-findings.ts";

export interface Reading {
  report: ModelReport;
  withheld: Withheld[];
  /** What the model was to read and has not, in the order of the tiles. The report's note names it. */
  unread: UnreadLines[];
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
  const receipts = await pool(
    tiles,
    async (tile): Promise<Receipt> => {
      if (Date.now() > options.deadline) return { unread: "no time was left" };
      options.onProgress?.(begun++, tiles.length);
      return readTile(tile, report, options);
    },
    pooled,
  );
  const unread = tiles.flatMap((tile, index) => unreadLinesOf(tile, receipts[index]?.unread));
  const read = receipts.filter((receipt) => receipt.unread === undefined).length;
  const { allowed, reason: verdict } = options.models.qualified(model.identity, "review");
  const words = allowed ? "remarks stay in reports in this version" : verdict;
  const rest = unread.length > 0 ? `; not read by the model: ${namedUnread(unread)}` : "";
  report.note = `read ${read} of ${tiles.length} parts of the change; its words are not shown: ${words}${rest}`;
  return { report, withheld: [...withheld, ...receipts.flatMap(({ withheld: one }) => one ?? [])], unread };
}

/** What became of one tile. */
interface Receipt {
  withheld?: Withheld;
  /** Why the model has not read it; absent where it has. */
  unread?: string;
}

async function readTile(tile: Tile, report: ModelReport, options: ReadTilesOptions): Promise<Receipt> {
  const { priority, signal } = options;
  const prompt = tilePrompt(tile, options.evidenceFor(tile));
  const [firstLine] = prompt.lines.values();
  if (firstLine === undefined) return { unread: "it only removes lines" }; // a remark could stand on none of them
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
    if (remark === undefined) return { unread: "no usable answer" };
    if (remark.verdict === "no problem") return {};
    const unqualified = options.models.qualified(answer.model, "review");
    const reason = checkRemark(remark, prompt) ?? unqualified.reason;
    const about = `${tile.path}:${prompt.lines.get(remark.line) ?? firstLine}`;
    return { withheld: { about, text: remark.remark, reason } };
  } catch (error) {
    signal?.throwIfAborted();
    const reason = `the model gave no usable answer: ${messageOf(error)}`;
    return { withheld: { about: `${tile.path}:${firstLine}`, text: "", reason }, unread: whyUnread(error) };
  }
}

/** In a few words that are the same for all errors of a kind: the whole error stands in what was withheld. */
function whyUnread(error: unknown): string {
  return (error instanceof AssistantError && failures.get(error.code)) || "no usable answer";
}

const failures = new Map([
  ["prompt-too-long", "too long for the model"],
  ["model-timeout", "the model took too long"],
  ["model-busy", "the model was busy"],
]);

function checkRemark(remark: Remark, prompt: TilePrompt): string | null {
  if (remark.evidence === "none") return "it rests on no evidence";
  const material = prompt.messages.map((message) => message.content).join("\n");
  return checkSentence(remark.remark, material);
}
