import { limits } from "../../shared/limits.ts";
import { formatMarker, type Marker } from "../marker.ts";

/** A piece of a comment: text, or a group. */
export type Piece = string | Group;

/** Pieces with a frame around them. Without any pieces there is no frame either. */
export interface Group {
  before: string;
  pieces: Piece[];
  after: string;
  /** What stands between two pieces. */
  between: "\n" | "\n\n";
}

export function list(pieces: Piece[], before = ""): Group {
  return { before, pieces, after: "", between: "\n" };
}

export function blocks(pieces: Piece[]): Group {
  return { before: "", pieces, after: "", between: "\n\n" };
}

/** Folded away. `title` is trusted text: numbers and words of ours. */
export function details(title: string, pieces: Piece[]): Group {
  return {
    before: `<details><summary>${title}</summary>\n\n`,
    pieces,
    after: "\n\n</details>",
    between: "\n\n",
  };
}

/**
 * Puts a body together and ends it with its marker, if it has one. Where it would be longer than limits.bodyCharacters, whole texts
 * inside groups are left out, from the last to the first, and counted; Markdown is never cut. Texts outside groups
 * always stand, so whoever writes one keeps it short.
 */
export function composeBody(pieces: Piece[], marker: Marker | null): string {
  const texts = countTexts(pieces);
  for (let kept = texts; ; kept -= 1) {
    const body = [renderPieces(pieces, { left: kept }), leftOut(texts - kept), marker ? formatMarker(marker) : ""]
      .filter((part) => part !== "")
      .join("\n\n");
    if (kept === 0 || body.length <= limits.bodyCharacters) return body;
  }
}

function countTexts(pieces: Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (typeof piece === "string" ? 0 : countIn(piece)), 0);
}

function countIn(group: Group): number {
  return group.pieces.reduce((sum, piece) => sum + (typeof piece === "string" ? 1 : countIn(piece)), 0);
}

interface Budget {
  /** Texts inside groups that may still be written. */
  left: number;
}

function renderPieces(pieces: Piece[], budget: Budget): string {
  return pieces
    .map((piece) => (typeof piece === "string" ? piece : renderGroup(piece, budget)))
    .filter((text) => text !== "")
    .join("\n\n");
}

function renderGroup(group: Group, budget: Budget): string {
  const texts: string[] = [];
  for (const piece of group.pieces) {
    if (typeof piece !== "string") texts.push(renderGroup(piece, budget));
    else if (budget.left > 0) {
      budget.left -= 1;
      texts.push(piece);
    }
  }
  const inner = texts.filter((text) => text !== "").join(group.between);
  return inner === "" ? "" : group.before + inner + group.after;
}

function leftOut(count: number): string {
  if (count === 0) return "";
  return `${count} ${count === 1 ? "entry is" : "entries are"} left out to stay within GitHub's limit.`;
}
