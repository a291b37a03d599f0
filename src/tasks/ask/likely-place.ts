import { unitAround, unitsOf } from "../../retrieval/code-units.ts";
import { isOrdinaryPath, isTestPath } from "../../retrieval/ordinary-path.ts";
import type { Change } from "../../workspace/diff.ts";
import type { AskInput, Place } from "./ask-input.ts";
import { findPlace, unitPlace } from "./find-place.ts";
import { suspectsOf } from "./suspects.ts";

/**
 * The place that a page is about where nobody names one: of a pull request the unit with most of its lines, tests last; of an
 * issue the first suspect that something speaks for. Null where there is none.
 */
export async function likelyPlace(
  { title, body }: { title: string; body: string },
  change: Change | null,
  input: AskInput,
): Promise<Place | null> {
  if (change === null) return suspectPlace(title, body, input);
  const part = largestPart(change);
  if (part === null) return null;
  const text = input.view.text(part.path);
  if (text === null) return null;
  return unitPlace({ path: part.path, text, history: input.historyOf(part.path) }, part.lines, input);
}

interface Part {
  path: string;
  lines: { start: number; end: number };
}

function largestPart({ files }: Change): Part | null {
  const parts = files.flatMap(({ path, hunks, newBlob, binary }) => {
    if (newBlob === null || binary || !isOrdinaryPath(path)) return [];
    return hunks.flatMap(({ lines }) => {
      const added = lines.flatMap(({ kind, newLine }) => (kind === "+" && newLine !== null ? newLine : []));
      const [start, end] = [added[0], added.at(-1)];
      return start === undefined || end === undefined ? [] : [{ path, lines: { start, end }, size: added.length }];
    });
  });
  const order = (part: Part & { size: number }): number => part.size * (isTestPath(part.path) ? 0 : 1);
  const [first] = parts.sort((a, b) => order(b) - order(a) || b.size - a.size);
  // The unit around its first line: a hunk may go over several.
  return first === undefined ? null : { path: first.path, lines: { start: first.lines.start, end: first.lines.start } };
}

/** What the first suspect's lines lie in: by its name, since the lines themselves may be chosen across definitions. */
async function suspectPlace(title: string, body: string, input: AskInput): Promise<Place | null> {
  const [first] = await suspectsOf({ title, body }, input);
  if (first === undefined || first.evidence.citation.kind !== "code") return null;
  const { path, startLine } = first.evidence.citation;
  const named = first.symbol === null ? null : (await findPlace(`${path}:${first.symbol}`, input)).place;
  const file = { path, text: input.view.text(path) ?? "", history: input.historyOf(path) };
  const place = named ?? (await unitPlace(file, { start: startLine, end: startLine }, input));
  if (place.endLine > place.startLine) return place;
  // A field says little: what it belongs to is told.
  const larger = unitsOf(path, file.text, input.units).filter((unit) => unit.endLine > unit.startLine);
  const around = unitAround(larger, place.startLine);
  if (around === null) return place;
  return { ...place, name: around.name, startLine: around.startLine, endLine: around.endLine };
}
