import type { Evidence } from "../../retrieval/evidence.ts";
import type { Model, ModelProvider, Priority } from "../../model/model.ts";
import { pool } from "../../orchestration/patterns.ts";
import type { Finding, ModelReport, Withheld } from "../../publish/outcome.ts";
import { AssistantError, messageOf } from "../../shared/errors.ts";
import { askCounted } from "./ask-counted.ts";
import { askTile } from "./ask-tile.ts";
import type { Draft } from "./findings.ts";
import { type JudgeTools, judgeRemarks } from "./judge-remarks.ts";
import type { Tile } from "./tiles.ts";
import { namedUnread, unreadLinesOf, type UnreadLines } from "./unread-lines.ts";
import { wordFindings, type Wording } from "./word-findings.ts";

/** What a model made of a change. Nothing of it is published here. */
export interface Reading {
  report: ModelReport;
  /** What it said and code kept back, with the check that did. */
  withheld: Withheld[];
  /** What the model was to read and has not, in the order of the tiles. The report's note names it. */
  unread: UnreadLines[];
  /** What it may say in public: read, confirmed, and each borne out by code. In the order of the tiles. */
  findings: Draft[];
  /** Its sentences for what code found, by the finding's id. */
  worded: Wording["worded"];
}

export interface ReadTilesOptions {
  model: Model;
  models: ModelProvider;
  /** Full object id of the head that is read. */
  head: string;
  /** What code found; the model words it too, and does not say it again. */
  findings: Finding[];
  /** Evidence about a tile, best first. */
  evidenceFor: (tile: Tile) => Evidence[];
  /** What the maintainer says of a file. Default: nothing. */
  instructionsFor?: (path: string) => string[];
  tools: JudgeTools;
  /** Epoch ms after which nothing is begun, and what runs is ended. */
  deadline: number;
  priority: Priority;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Lets the coding model read a change in the order of the tiles, as many at once as it has slots: each is read, and what is said
 * of it looked at again, before the next is begun, so that what is ready at the deadline is whole. Only what a model has
 * qualified for comes out as a finding; the rest is kept back, with its reason.
 */
export async function readTiles(tiles: Tile[], options: ReadTilesOptions): Promise<Reading> {
  const { model, signal, deadline } = options;
  const report = emptyReport(model);
  const slots = { slots: model.status().slots, ...(signal && { signal }) };
  const until = untilDeadline(deadline, signal);
  const hasTime = (): boolean => until?.aborted !== true && Date.now() <= deadline;
  let begun = 0;
  const receipts = await pool(
    tiles,
    async (tile): Promise<Receipt> => {
      if (!hasTime()) return noTime;
      options.onProgress?.(begun++, tiles.length);
      return readTile(tile, report, { ...options, hasTime, until });
    },
    slots,
  );
  const wording = await wordFindings(options.findings, { ...options, signal: until, report, hasTime });
  const { findings, repeated } = withoutRepeats(receipts.flatMap((receipt) => receipt.findings ?? []));
  const unread = tiles.flatMap((tile, index) => unreadLinesOf(tile, receipts[index]?.unread));
  report.note = noteOn(tiles, receipts, unread, options);
  const withheld = [...receipts.flatMap((receipt) => receipt.withheld ?? []), ...repeated, ...wording.withheld];
  return { report, withheld, unread, findings, worded: wording.worded };
}

/** What became of one tile. */
interface Receipt {
  withheld?: Withheld[];
  findings?: Draft[];
  /** Why the model has not read it; absent where it has. */
  unread?: string;
}

export const onlyRemoves = "it only removes lines";

const noTime: Receipt = { unread: "no time was left" };

interface TileOptions extends ReadTilesOptions {
  hasTime: () => boolean;
  /** Ends what runs at the deadline. */
  until: AbortSignal | undefined;
}

async function readTile(tile: Tile, report: ModelReport, options: TileOptions): Promise<Receipt> {
  const { model, priority, signal, until, hasTime } = options;
  const firstLine = tile.lines.find(({ newLine }) => newLine !== null)?.newLine;
  if (firstLine === undefined) return { unread: onlyRemoves }; // a remark could stand on none of them
  const given = { evidence: options.evidenceFor(tile), instructions: options.instructionsFor?.(tile.path) ?? [] };
  try {
    const asked = await askTile(tile, given, (request) =>
      askCounted(model, report, { ...request, priority, signal: until }),
    );
    if (asked.beforeVerdict === null) return { unread: noAnswer };
    return await judgeRemarks(tile, asked, { ...options, report });
  } catch (error) {
    signal?.throwIfAborted();
    if (!hasTime()) return noTime;
    const reason = `the model gave no usable answer: ${messageOf(error)}`;
    return { withheld: [{ about: `${tile.path}:${firstLine}`, text: "", reason }], unread: whyUnread(error) };
  }
}

const noAnswer = "no usable answer";

/** In a few words that are the same for all errors of a kind: the whole error stands in what was withheld. */
function whyUnread(error: unknown): string {
  return (error instanceof AssistantError && failures.get(error.code)) || noAnswer;
}

const failures = new Map([
  ["prompt-too-long", "too long for the model"],
  ["model-timeout", "the model took too long"],
  ["model-busy", "the model was busy"],
]);

/** Two places of a file may hold the same lines, and would be one finding on the next push. */
function withoutRepeats(all: readonly Draft[]): { findings: Draft[]; repeated: Withheld[] } {
  const findings = new Map<string, Draft>();
  const repeated: Withheld[] = [];
  for (const draft of all) {
    const { id, anchor, title } = draft;
    if (!findings.has(id)) findings.set(id, draft);
    else
      repeated.push({
        about: `${anchor?.path}:${anchor?.startLine}`,
        text: title,
        reason: "it is said of the same lines already",
      });
  }
  return { findings: [...findings.values()], repeated };
}

function noteOn(
  tiles: readonly Tile[],
  receipts: readonly Receipt[],
  unread: readonly UnreadLines[],
  { model, models }: ReadTilesOptions,
): string {
  const read = receipts.filter((receipt) => receipt.unread === undefined).length;
  const isNonsense = read === 0 && receipts.some((receipt) => receipt.unread === noAnswer);
  const parts = `${tiles.length} ${tiles.length === 1 ? "part" : "parts"} of the change`;
  const review = models.qualified(model.identity, "review");
  const confirm = models.qualified(model.identity, "confirm");
  const silent = !review.allowed
    ? review.reason
    : confirm.allowed
      ? null
      : `to confirm what it says, ${confirm.reason}`;
  return [
    ...(isNonsense ? ["it gave no usable answer"] : []),
    `read ${read} of ${parts}`,
    ...(silent === null ? [] : [`its words are not shown: ${silent}`]),
    ...(unread.length > 0 ? [`not read by the model: ${namedUnread(unread)}`] : []),
  ].join("; ");
}

function emptyReport({ identity }: Model): ModelReport {
  return { name: identity.name, note: "", prompts: 0, promptTokens: 0, generatedTokens: 0, ms: 0 };
}

/** The longest that a timer takes. */
const longestMs = 2 ** 31 - 1;

function untilDeadline(deadline: number, signal: AbortSignal | undefined): AbortSignal | undefined {
  const ms = deadline - Date.now();
  const ends = ms > longestMs ? [] : [AbortSignal.timeout(Math.max(0, Math.ceil(ms)))];
  const signals = [...(signal ? [signal] : []), ...ends];
  return signals.length === 0 ? undefined : AbortSignal.any(signals);
}
