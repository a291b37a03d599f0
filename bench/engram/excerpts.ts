import { splitLines } from "../../src/engram/chunk.ts";
import type { EngramView } from "../../src/engram/engram.ts";
import { words } from "../../src/engram/tokenize.ts";
import { createRandom, spread } from "../statistics.ts";
import { addFigure, type Table } from "./table.ts";

const excerptLines = 20;

/** Distinct words an excerpt needs to be one of code and not of closing brackets. */
const fewestWords = 12;

/** Names declared in an excerpt before a third of them can be renamed. */
const fewestNames = 3;

interface Excerpt {
  lines: string[];
  /** Local names: declared or assigned in these lines. */
  names: string[];
}

interface ExcerptRecall {
  reindented: { found: number; asked: number };
  renamed: { found: number; asked: number };
}

export function addExcerptRows(table: Table, view: EngramView, count: number): void {
  const recall = measureExcerpts(view, count);
  const aims = { reindented: 0.95, renamed: 0.8 };
  for (const kind of ["reindented", "renamed"] as const) {
    const { found, asked } = recall[kind];
    if (asked === 0) continue;
    const text = `${found} of ${asked} = ${((100 * found) / asked).toFixed(1)} %`;
    const name = `20 lines ${kind}: found first`;
    addFigure(table, `excerpt_recall_at_1.${kind}`, name, found / asked, text, { atLeast: aims[kind] });
  }
}

/**
 * Twenty lines of a chunk, written another way, as a question for it: indented otherwise; and besides with a third of their
 * local names replaced by local names from elsewhere. Found is it when the first hit holds these lines as they were, spaces
 * apart, be it that chunk or one with the same text. Paths do not count, as in every search for copies.
 */
function measureExcerpts(view: EngramView, count: number): ExcerptRecall {
  const excerpts = cutExcerpts(view, count);
  const pool = [...new Set(excerpts.flatMap(({ names }) => names))];
  const random = createRandom(7);
  const nameable = excerpts.filter(({ names }) => names.length >= fewestNames);
  const isFound = (excerpt: Excerpt, text: string) => {
    const [hit] = view.search(text, { k: 1, paths: false });
    if (hit === undefined) return false;
    const lines = splitLines(view.text(hit.path) ?? "").slice(hit.startLine - 1, hit.endLine);
    return squeeze(lines).includes(squeeze(excerpt.lines));
  };
  const reindented = excerpts.filter((excerpt) => isFound(excerpt, reindent(excerpt.lines)));
  const renamed = nameable.filter((excerpt) => isFound(excerpt, reindent(rename(excerpt, pool, random))));
  return {
    reindented: { found: reindented.length, asked: excerpts.length },
    renamed: { found: renamed.length, asked: nameable.length },
  };
}

/** From chunks of code all over the corpus, one a file. */
function cutExcerpts(view: EngramView, count: number): Excerpt[] {
  const files = view.files().filter(({ path, chunks }) => chunks > 0 && codePath.test(path));
  const random = createRandom(11);
  const found = spread(files, 4 * count).flatMap(({ path }): Excerpt[] => {
    const long = view.chunks(path).filter(({ startLine, endLine }) => endLine - startLine + 1 >= excerptLines);
    const chunk = long[Math.floor(random() * long.length)];
    if (chunk === undefined) return [];
    const room = chunk.endLine - chunk.startLine + 1 - excerptLines;
    const start = chunk.startLine - 1 + Math.floor(random() * (room + 1));
    const lines = splitLines(view.text(path) ?? "").slice(start, start + excerptLines);
    const text = lines.join("\n");
    return new Set(words(text)).size < fewestWords ? [] : [{ lines, names: localNames(text) }];
  });
  return spread(found, count);
}

const codePath = /\.(?:[cm]?[jt]sx?|py|go|rs|java|c|cc|cpp|h|hpp|cs|rb|php|sh)$/;

/** Every line two spaces deeper than half of its depth, tabs as spaces: nothing of the old indentation is left. */
function reindent(lines: readonly string[]): string {
  return lines
    .map((line) => {
      const depth = (/^\s*/.exec(line)?.[0] ?? "").replaceAll("\t", "    ").length;
      return " ".repeat((depth >> 1) + 2) + line.trim();
    })
    .join("\n");
}

/**
 * Names that these lines declare: after a declaring word or a type, before an assignment, or as parameters of a function.
 * Without a grammar for every language this is a guess; it is the same guess for whoever is measured.
 */
function localNames(text: string): string[] {
  const found = new Set<string>();
  const patterns = [
    /\b(?:const|let|var|val|auto|int|long|char|bool|float|double|size_t|u\d+|string|String)\s+\**([A-Za-z_]\w+)/g,
    /\bstruct\s+\w+\s+\*?([A-Za-z_]\w+)\s*[;=,)]/g,
    /(?:^|[\s(,])([a-z_]\w+)\s*(?::=|=(?![=>]))/gm,
    /\bfor\s*\(?\s*(?:const\s+|let\s+)?([a-z_]\w+)\s+(?:of|in)\b/g,
    /[(,]\s*([a-z_]\w+)\s*(?::\s*[\w<>[\]| ]+)?(?=[,)][^;]*(?:=>|\{\s*$))/gm,
  ];
  for (const pattern of patterns) {
    for (const [, name = ""] of text.matchAll(pattern)) if (!keywords.has(name)) found.add(name);
  }
  return [...found].sort();
}

const keywords = new Set(
  "this self super return const let var function class new if else for while in of do case default null true false None True False static struct unsigned signed void import export from async await def end".split(
    " ",
  ),
);

/** A third of the names, at least one, each replaced wherever it stands as a word of its own. */
function rename({ lines, names }: Excerpt, pool: readonly string[], random: () => number): string[] {
  const order = names.map((name) => ({ name, at: random() })).sort((a, b) => a.at - b.at);
  const chosen = order.slice(0, Math.ceil(names.length / 3));
  const strange = pool.filter((name) => !names.includes(name));
  const replacements = new Map(
    chosen.map(({ name }) => [name, strange[Math.floor(random() * strange.length)] ?? `${name}Other`]),
  );
  return lines.map((line) => line.replaceAll(/[A-Za-z_]\w*/g, (word) => replacements.get(word) ?? word));
}

function squeeze(lines: readonly string[]): string {
  return lines.map((line) => line.replaceAll(/\s+/g, "")).join("\n");
}
