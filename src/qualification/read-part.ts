import type { Model } from "../model/model.ts";
import type { Evidence } from "../retrieval/evidence.ts";
import { askTile, probabilityOfProblem } from "../tasks/review/ask-tile.ts";
import type { Tile } from "../tasks/review/tiles.ts";

export interface PartReading {
  /** Whether it says "problem", and at least one remark passes the checks. */
  said: boolean;
  /** Of each remark that passes: the lines of the new file that it stands on, all of them. */
  lines: number[][];
  /** Of a problem, 0..1; null where the back end does not tell. */
  probability: number | null;
  /** The remarks, or why there is none to show. */
  text: string;
}

/**
 * Lets a model read one part of a change as a review does, with the checks that code makes there. The second look is measured
 * by itself. Errors: those of the model.
 */
export async function readPart(
  model: Model,
  tile: Tile,
  evidence: Evidence[],
  signal?: AbortSignal,
): Promise<PartReading> {
  const asked = await askTile(tile, { evidence }, (request) =>
    model.generate({ ...request, ...(signal && { signal }) }),
  );
  const { prompt, remarks, beforeVerdict } = asked;
  // Not null: that would say that the back end tells no probabilities at all.
  if (beforeVerdict === null) return { said: false, lines: [], probability: 0, text: "no answer" };
  const probability = await probabilityOfProblem(model, prompt.messages, beforeVerdict, signal);
  const passed = remarks.filter(({ reason }) => reason === null);
  const lines = passed.map(({ lines: found }) =>
    Array.from(
      { length: found ? found.endLine - found.startLine + 1 : 0 },
      (_, index) => (found?.startLine ?? 0) + index,
    ),
  );
  const shown = passed.length > 0 ? passed.map(({ remark }) => remark.claim) : remarks.map(({ reason }) => reason);
  return { said: passed.length > 0, lines, probability, text: shown.length > 0 ? shown.join("; ") : "no problem" };
}
