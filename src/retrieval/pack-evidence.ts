import { repositoryKey } from "../shared/repository.ts";
import { type Evidence, type EvidenceKind, formatCitation } from "./evidence.ts";

export interface PackOptions {
  /** Most that all pieces together may have, as `count` counts each of them. */
  tokens: number;
  /**
   * Least score of a kind; kinds that are not named have none. For suspects and companions it is learnt from the repository,
   * for near-copies it is the threshold of the alignment.
   */
  floor?: Partial<Record<EvidenceKind, number>>;
  /** Tokens of a text; `estimateTokens` where no tokenizer is at hand. */
  count?: (text: string) => number;
  /** A piece as it will stand in the prompt; `evidenceBlock` by default. */
  render?: (evidence: Evidence) => string;
}

export type LeftOutReason =
  /** Scored less than its kind must. */
  | "below-floor"
  /** Its text or its lines stand there already. */
  | "repeated"
  /** There was no room. */
  | "over-budget"
  /** Only its first lines stand there. */
  | "shortened";

export interface PackedEvidence {
  /** Best first. */
  packed: Evidence[];
  /** Sum over the pieces. */
  tokens: number;
  leftOut: { evidence: Evidence; reason: LeftOutReason }[];
}

/** Measured on code for the tokenizers of small models, which need more tokens for code than for prose. An estimate. */
const CHARACTERS_PER_TOKEN = 3.5;
/** The first lines of a place say something; fewer than that are a heading. */
const FEWEST_LINES = 3;

/** What stands first where the ranks are equal: what can be checked before what is only alike. */
const KINDS: readonly EvidenceKind[] = [
  "secret",
  "linter",
  "rule",
  "quoted",
  "dangling-reference",
  "near-copy",
  "undone",
  "paired-test",
  "companion",
  "suspect",
  "past-review",
  "similar-issue",
  "repeated",
  "past-pull",
  "similar-code",
  "commit",
  "related-file",
  "owner",
];

export function estimateTokens(text: string): number {
  return Math.ceil(text.length / CHARACTERS_PER_TOKEN);
}

/** Where it stands and why it was retrieved, then the text. */
export function evidenceBlock(evidence: Evidence): string {
  return `${formatCitation(evidence.citation)} (${evidence.why})\n${evidence.text}\n`;
}

/**
 * As much evidence as the budget holds. The best of each kind come first, then the second of each: scores can be compared
 * within one kind only. Lines that stand there already are not repeated: overlapping places of one file become one, and
 * one text is quoted once. What is too long is cut after its last line that fits, never within a line.
 */
export function packEvidence(evidence: readonly Evidence[], options: PackOptions): PackedEvidence {
  const { tokens: budget, floor = {}, count = estimateTokens, render = evidenceBlock } = options;
  const cost = (piece: Evidence): number => count(render(piece));
  const leftOut: PackedEvidence["leftOut"] = [];
  let packed: Evidence[] = [];
  let used = 0;

  for (const piece of bestFirst(evidence)) {
    const leaveOut = (reason: LeftOutReason): unknown => leftOut.push({ evidence: piece, reason });
    if (piece.score < (floor[piece.kind] ?? 0)) {
      leaveOut("below-floor");
      continue;
    }
    if (packed.some((other) => repeats(other, piece))) {
      leaveOut("repeated");
      continue;
    }
    const met = packed.filter((other) => overlap(other, piece));
    const freed = met.reduce((total, other) => total + cost(other), 0);
    const room = budget - used + freed;
    const whole = met.reduceRight(joinPlaces, piece);
    const fitting = cost(whole) <= room ? whole : met.length > 0 ? null : shorten(piece, room, cost);
    const apart = packed.filter((other) => !met.includes(other));
    if (fitting === null || apart.some((other) => repeats(other, fitting))) {
      leaveOut(fitting === null ? "over-budget" : "repeated");
      continue;
    }
    if (fitting !== whole) leaveOut("shortened");
    const place = met[0] === undefined ? packed.length : packed.indexOf(met[0]);
    packed = [...packed.slice(0, place), fitting, ...packed.slice(place).filter((other) => !met.includes(other))];
    used += cost(fitting) - freed;
  }
  return { packed: bestFirst(packed), tokens: used, leftOut };
}

/** By rank within the kind, then by kind. */
function bestFirst(evidence: readonly Evidence[]): Evidence[] {
  const kinds = new Map<EvidenceKind, Evidence[]>();
  for (const piece of evidence) kinds.set(piece.kind, [...(kinds.get(piece.kind) ?? []), piece]);
  const ranked = [...kinds.values()].flatMap((pieces) =>
    pieces
      .toSorted((a, b) => b.score - a.score || compareText(keyOf(a), keyOf(b)))
      .map((piece, rank) => ({ piece, rank })),
  );
  return ranked
    .sort((a, b) => a.rank - b.rank || KINDS.indexOf(a.piece.kind) - KINDS.indexOf(b.piece.kind))
    .map(({ piece }) => piece);
}

function keyOf(evidence: Evidence): string {
  return `${formatCitation(evidence.citation)}\n${evidence.text}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether the second says nothing that the first does not say. */
function repeats(first: Evidence, second: Evidence): boolean {
  const [a, b] = [first.citation, second.citation];
  if (a.kind === "code" && b.kind === "code" && overlap(first, second))
    return a.startLine <= b.startLine && b.endLine <= a.endLine;
  if (
    a.kind !== "code" &&
    a.kind === b.kind &&
    sameRepository(first, second) &&
    formatCitation(a) === formatCitation(b)
  )
    return true;
  return essence(first.text) === essence(second.text) && essence(first.text) !== "";
}

/** White space at the ends of lines and around the text makes no difference to a reader. */
function essence(text: string): string {
  return text.replace(/[ \t\r]+$/gm, "").trim();
}

function overlap(first: Evidence, second: Evidence): boolean {
  const [a, b] = [first.citation, second.citation];
  return (
    sameRepository(first, second) &&
    a.kind === "code" &&
    b.kind === "code" &&
    a.path === b.path &&
    a.commit === b.commit &&
    a.startLine <= b.endLine &&
    b.startLine <= a.endLine
  );
}

/** An id of a commit means the same everywhere, but a number of an issue does not. */
function sameRepository(a: Evidence, b: Evidence): boolean {
  return (a.repository && repositoryKey(a.repository)) === (b.repository && repositoryKey(b.repository));
}

/** Two overlapping places as one, told as the better of them (which is packed already). */
function joinPlaces(piece: Evidence, better: Evidence): Evidence {
  const [a, b] = [piece.citation, better.citation];
  if (a.kind !== "code" || b.kind !== "code") return better;
  const [upper, lower] = a.startLine <= b.startLine ? [piece, better] : [better, piece];
  const startLine = Math.min(a.startLine, b.startLine);
  const endLine = Math.max(a.endLine, b.endLine);
  const upperEnd = upper === piece ? a.endLine : b.endLine;
  const lowerStart = lower === piece ? a.startLine : b.startLine;
  const rest = lower.text.split("\n").slice(upperEnd - lowerStart + 1);
  const text = rest.length === 0 ? upper.text : [upper.text, ...rest].join("\n");
  return { ...better, citation: { ...b, startLine, endLine }, text };
}

/** The first lines of a place, as many as there is room for; null where they are too few, or where the text is no lines of code. */
function shorten(piece: Evidence, room: number, cost: (piece: Evidence) => number): Evidence | null {
  const { citation } = piece;
  if (citation.kind !== "code") return null;
  const lines = piece.text.split("\n");
  const first = (length: number): Evidence => ({
    ...piece,
    citation: { ...citation, endLine: citation.startLine + length - 1 },
    text: lines.slice(0, length).join("\n"),
  });
  let fits = FEWEST_LINES - 1;
  let tooLong = lines.length;
  while (tooLong - fits > 1) {
    const length = (fits + tooLong) >> 1;
    if (cost(first(length)) <= room) fits = length;
    else tooLong = length;
  }
  return fits < FEWEST_LINES ? null : first(fits);
}
