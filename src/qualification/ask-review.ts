import type { Model } from "../model/model.ts";
import type { Evidence } from "../retrieval/evidence.ts";
import type { Tile } from "../tasks/review/tiles.ts";
import type { CaseAnswer, CaseOf } from "./answer.ts";
import { readPart } from "./read-part.ts";

/** Remarks are right where there is a defect and each stands on one of its lines: every one of them would be read. */
export async function askReview(model: Model, given: CaseOf<"review">, signal?: AbortSignal): Promise<CaseAnswer> {
  const tile = tileOf(given);
  const { said, lines, probability, text } = await readPart(model, tile, given.evidence.map(evidenceOf), signal);
  const defect = new Set(given.right.map((index) => tile.lines[index]?.newLine));
  const right = said ? lines.every((own) => own.some((line) => defect.has(line))) : given.right.length === 0;
  return {
    case: given,
    answered: true,
    said,
    right,
    probability,
    text: lines.length === 0 ? text : `${lines.map((own) => `line ${own.join(", ")}`).join("; ")}: ${text}`,
  };
}

/** The change as a review cuts it out of a diff. */
function tileOf({ path, change }: CaseOf<"review">): Tile {
  let oldLine = 1;
  let newLine = 1;
  const lines = change.map((line) => {
    const kind = line.startsWith("+") ? "+" : line.startsWith("-") ? "-" : " ";
    return {
      kind,
      oldLine: kind === "+" ? null : oldLine++,
      newLine: kind === "-" ? null : newLine++,
      text: line.slice(1),
    } as const;
  });
  return { path, lines, changed: lines.filter(({ kind }) => kind !== " ").length };
}

function evidenceOf({ path, why, text }: CaseOf<"review">["evidence"][number]): Evidence {
  const citation = { kind: "code", path, startLine: 1, endLine: text.split("\n").length, commit: "" } as const;
  return { kind: "similar-code", citation, score: 1, why, text };
}
