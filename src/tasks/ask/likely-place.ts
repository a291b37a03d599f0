import { openCodeGraph } from "../../retrieval/graph/open-code-graph.ts";
import { isOrdinaryPath, isTestPath } from "../../retrieval/ordinary-path.ts";
import { localise } from "../../retrieval/localise.ts";
import { limits } from "../../shared/limits.ts";
import type { Change } from "../../workspace/diff.ts";
import { isSupported } from "../triage/worth-naming.ts";
import type { AskInput, Place } from "./ask-input.ts";
import { unitPlace } from "./find-place.ts";

/**
 * The place that a page is about where nobody names one: of a pull request the unit with most of its lines, tests last; of an
 * issue the first suspect that something speaks for. Null where there is none.
 */
export async function likelyPlace(
  { title, body }: { title: string; body: string },
  change: Change | null,
  input: AskInput,
): Promise<Place | null> {
  const part = change === null ? suspectPart(title, body, input) : largestPart(change);
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

function suspectPart(title: string, body: string, input: AskInput): Part | null {
  const { view, past, subject, historyOf } = input;
  const issue = { number: subject?.number ?? null, title, body };
  const sources = { view, history: past.history, graph: openCodeGraph(view) };
  const found = localise(issue, sources, { k: limits.suspects, citeCommit: (path) => historyOf(path).at });
  const first = found.find((suspect) => isSupported(suspect, past.floors.localisation));
  if (first?.evidence.citation.kind !== "code") return null;
  const { path, startLine } = first.evidence.citation;
  return { path, lines: { start: startLine, end: startLine } };
}
