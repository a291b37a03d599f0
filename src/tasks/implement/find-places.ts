import { whyProtected } from "../../edits/check-path.ts";
import type { ImplementPlace } from "../../publish/implement-outcome.ts";
import { openCodeGraph } from "../../retrieval/graph/open-code-graph.ts";
import { localise } from "../../retrieval/localise.ts";
import { readMentions } from "../../retrieval/mentions.ts";
import { isProsePath, isTestPath } from "../../retrieval/ordinary-path.ts";
import { limits } from "../../shared/limits.ts";
import type { Place } from "../ask/ask-input.ts";
import { findPlace, namesPlace } from "../ask/find-place.ts";
import { isSupported } from "../triage/worth-naming.ts";
import type { ImplementInput } from "./input.ts";
import { wordsOf } from "./plan-documents.ts";
import type { Refactoring } from "./refactoring.ts";

export interface FoundPlaces {
  /** Best first. */
  places: ImplementPlace[];
  /** Whether a person named the first of them behind the command. */
  named: boolean;
  /** Places that the searches put first, though nothing else speaks for them: for a question back. */
  guesses: string[];
}

/**
 * Where a change is likely to be made: what is named behind the command, or is to be renamed; else the suspects of the request's text that more
 * speaks for than a rank, as `assistant locate` finds them; else a new file that the text names.
 */
export async function findPlaces(input: ImplementInput, refactoring: Refactoring | null): Promise<FoundPlaces> {
  const { request, settings } = input;
  const { body, argument } = request;
  const renamed = refactoring?.kind === "rename" ? await namedPlaces(refactoring.from, input) : [];
  const named = [...(await namedPlaces(argument, input)), ...renamed];
  if (named.length > 0) return { places: named.slice(0, limits.implementPlaces), named: true, guesses: [] };
  const { view, past, units, tree } = input;
  await units.prepare(view.paths());
  const sources = { view, history: past.history, graph: openCodeGraph(view) };
  const issue = { title: wordsOf({ ...request, body: "" }).join(" "), body };
  const found = localise(issue, sources, { k: limits.suspects, citeCommit: () => tree.commit, units });
  // What must not be changed is only meant where it is named.
  const suspects = found.filter(
    ({ path, contributions }) =>
      whyProtected(path, settings.protect) === null || contributions.some(({ list }) => list === "named in the text"),
  );
  const supported = suspects.filter((suspect) => isSupported(suspect, past.floors.localisation));
  const places = supported.flatMap(({ path, symbol, evidence }): ImplementPlace[] => {
    const { citation } = evidence;
    if (citation.kind !== "code") return [];
    const { startLine, endLine } = citation;
    return [{ path, startLine, endLine, symbol, reason: evidence.why, evidence: [evidence] }];
  });
  const guesses = suspects.slice(0, 3).map(({ path, symbol }) => (symbol === null ? path : `${path}:${symbol}`));
  return { places: [...newFiles(wordsOf(request).join("\n"), view.paths()), ...places], named: false, guesses };
}

/** What the words behind a command name, each once: `src/a.ts:12-20`, `src/a.ts:load`, `load` where it is written as code. */
async function namedPlaces(argument: string, { view, units, past, tree }: ImplementInput): Promise<ImplementPlace[]> {
  const words = argument.split(/\s+/).filter((word) => namesPlace(word) && looksLikePlace(word, argument));
  const places: ImplementPlace[] = [];
  for (const word of words.slice(0, limits.implementPlaces)) {
    const { place } = await findPlace(word, { view, units, historyOf: () => past.history });
    if (place === null || places.some(({ path, symbol }) => path === place.path && symbol === place.name)) continue;
    places.push(asPlace(place, tree.commit));
  }
  // "load in src/a.ts" names one place, not two.
  return places.filter((one) => !places.some((other) => other !== one && isPartOf(other, one)));
}

function isPartOf(one: ImplementPlace, whole: ImplementPlace): boolean {
  if (one.path !== whole.path || whole.symbol !== null) return false;
  const size = ({ startLine, endLine }: ImplementPlace): number => endLine - startLine;
  return whole.startLine <= one.startLine && one.endLine <= whole.endLine && size(one) < size(whole);
}

/** A plain word of a sentence is no place, though something may be called so. */
function looksLikePlace(word: string, argument: string): boolean {
  return /[/:#`_]|\.\w|[a-z][A-Z]|\(\)/.test(word) || argument.trim() === word;
}

function asPlace({ path, name, startLine, endLine, text }: Place, commit: string): ImplementPlace {
  const citation = { kind: "code", path, startLine, endLine, commit } as const;
  const lines = text
    .split("\n")
    .slice(startLine - 1, endLine)
    .join("\n");
  const why = "named behind the command";
  return {
    path,
    startLine,
    endLine,
    symbol: name,
    reason: why,
    evidence: [{ kind: "suspect", citation, score: 1, why, text: lines }],
  };
}

/** A file that is to be made: the text says so, and names one that is not there, in a folder that is. */
function newFiles(text: string, paths: readonly string[]): ImplementPlace[] {
  if (!/\b(?:add|create|new|write)\b/i.test(text)) return [];
  const known = new Set(paths);
  const folders = new Set(paths.flatMap((path) => (path.includes("/") ? [path.slice(0, path.lastIndexOf("/"))] : [])));
  const names = new Set(readMentions(text).places.map(({ path }) => path.replace(/^\.\//, "")));
  const made = [...names].filter((path) => {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : null;
    return !known.has(path) && !path.includes("..") && folder !== null && folders.has(folder) && !/^[\w-]+:/.test(path);
  });
  return made.slice(0, 1).map((path) => {
    const reason = "a new file that the request names";
    return { path, startLine: 1, endLine: 1, symbol: null, reason, evidence: [] };
  });
}

/** What is changed when code is asked for: neither a test nor a manual, where anything else was found. */
export function codeFirst(places: readonly ImplementPlace[]): ImplementPlace[] {
  const isCode = ({ path }: ImplementPlace): boolean => !isTestPath(path) && !isProsePath(path);
  return [...places.filter(isCode), ...places.filter((place) => !isCode(place))];
}
