import type { Engram } from "../engram/engram.ts";
import { oneLine, printable } from "../publish/markdown/escape.ts";
import { type CopyOfLines, findCopiesOfLines, type Unsearchable } from "../retrieval/copies-of-lines.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type Answer, placeOf } from "./evidence-options.ts";
import type { Place } from "./similar-place.ts";

/** Near-copies of a place with their alignment. Errors: AssistantError `no-copies-of-this`. */
export function answerCopies(engram: Engram, place: Place, { k }: { k: number }): Answer {
  const { commit } = engram.info();
  const lines = place.text.split("\n");
  const given = { path: place.path ?? place.name, startLine: place.startLine, lines };
  const copies = findCopiesOfLines(given, engram, { k, citeCommit: () => commit });
  if (typeof copies === "string") throw unsearchable(copies);
  return {
    found: copies.length > 0,
    json: { copies: copies.map(asJson) },
    text:
      copies.length === 0
        ? "there is no near-copy\n"
        : copies.map((copy) => render(copy, place, lines, engram)).join(""),
  };
}

function unsearchable(reason: Unsearchable): AssistantError {
  if (reason === "too-long") {
    return new AssistantError(`copies of more than ${limits.nearCopyLines} lines are not looked for`, {
      code: "no-copies-of-this",
      remedy: "Name a part of them, for example src/orders.ts:4-20.",
    });
  }
  return new AssistantError("these lines hold too little code to be recognised elsewhere", {
    code: "no-copies-of-this",
    remedy: "Name more lines: eight words of code at least, not counting imports and comments.",
  });
}

function asJson({ evidence, match }: CopyOfLines): object {
  const { similarity, alignment, renamed } = match;
  return { ...evidence, similarity, alignment, renamed };
}

function render({ evidence, match }: CopyOfLines, place: Place, lines: string[], engram: Engram): string {
  const theirs = (engram.text(match.path) ?? "").split("\n");
  const old = (line: number | null): string => (line === null ? "" : (lines[line - place.startLine] ?? ""));
  const copy = (line: number | null): string => (line === null ? "" : (theirs[line - 1] ?? ""));
  const width = String(Math.max(place.endLine, match.endLine)).length;
  const numbered = (mark: string, line: number | null, text: string): string =>
    `  ${mark} ${String(line ?? "").padStart(width)}  ${printable(text)}\n`;
  const shown = match.alignment.map((pair) => {
    if (pair.copy === null) return numbered("-", pair.old, old(pair.old));
    if (pair.old === null) return numbered("+", pair.copy, copy(pair.copy));
    if (pair.similarity === 1) return numbered("=", pair.copy, copy(pair.copy));
    return numbered("~", pair.copy, copy(pair.copy)) + numbered(" ", pair.old, old(pair.old));
  });
  return `${placeOf(evidence)}  ${match.similarity.toFixed(2)}  ${oneLine(evidence.why)}\n${shown.join("")}`;
}
