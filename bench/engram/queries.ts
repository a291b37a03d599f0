import type { EngramView } from "../../src/engram/engram.ts";
import { tokenize } from "../../src/engram/tokenize.ts";
import type { TokenQuery } from "../peers/peer.ts";
import { countTokens } from "../peers/token-file.ts";
import { spread } from "../statistics.ts";
import type { CorpusPart } from "./corpus.ts";

/** In words (a commit's message, a comment) and in code (the diff of a file, an excerpt). */
export const queryKinds = ["msg", "hunk"] as const;
export type QueryKind = (typeof queryKinds)[number];

export interface Query {
  text: string;
  /** Distinct tokens with counts, as peers get them. */
  tokens: TokenQuery;
  /** Files of the corpus that the answer should name; none where nobody knows. */
  relevant: string[];
  /** The file that the query was taken from: no answer. */
  own: string | null;
}

export type Queries = Record<QueryKind, Query[]>;

/** Files of one commit that become queries; more would ask the same again. */
const diffsPerCommit = 3;

/** Fewer distinct tokens are no question. */
const fewestTokens = 3;

/**
 * Messages and diffs of the commits that came after the corpus. Folders without a history are asked with comment lines and
 * excerpts of their own: half of all queries where there are both, all of them where there is no history at all.
 */
export function collectQueries(view: EngramView, parts: readonly CorpusPart[], count: number): Queries {
  const told = parts.map((part) => queriesOfHistory(view, part));
  const silent = parts.filter(({ history }) => history === null);
  const queries = { msg: [] as Query[], hunk: [] as Query[] };
  for (const kind of queryKinds) {
    const asked = told.flatMap((each) => each[kind]);
    const share = silent.length === 0 ? 0 : asked.length === 0 ? count : Math.ceil(count / 2);
    const cut = silent.flatMap((part) => excerptsOf(view, part, kind, Math.ceil(share / silent.length)));
    queries[kind] = [...spread(asked, count - share), ...cut];
  }
  return queries;
}

/** All queries that a part's history gives. */
export function queriesOfHistory(view: EngramView, { prefix, history }: CorpusPart): Queries {
  const queries: Queries = { msg: [], hunk: [] };
  for (const { message, diffs } of history?.commits ?? []) {
    const files = diffs.map(({ path, text }) => ({ path: prefix + path, text }));
    const relevant = files.map(({ path }) => path).filter((path) => (view.file(path)?.chunks ?? 0) > 0);
    queries.msg.push(queryOf(message, relevant, null));
    for (const { path, text } of files.slice(0, diffsPerCommit)) {
      const others = relevant.filter((other) => other !== path);
      queries.hunk.push(queryOf(text, others, path));
    }
  }
  for (const kind of queryKinds) queries[kind] = queries[kind].filter(({ tokens }) => tokens.length >= fewestTokens);
  return queries;
}

function queryOf(text: string, relevant: string[], own: string | null): Query {
  return { text, tokens: [...countTokens(tokenize(text))], relevant, own };
}

/** Comment lines, or twenty lines in a row, from files all over a part. */
function excerptsOf(view: EngramView, { prefix }: CorpusPart, kind: QueryKind, count: number): Query[] {
  const files = view.files().filter(({ path, chunks }) => path.startsWith(prefix) && chunks > 0);
  const found: Query[] = [];
  for (const [i, { path }] of spread(files, 4 * count).entries()) {
    const lines = view.text(path)?.split("\n") ?? [];
    const text =
      kind === "msg"
        ? commentIn(lines, i)
        : lines
            .slice(lines.length >> 1)
            .slice(0, 20)
            .join("\n");
    const query = queryOf(text ?? "", [], null);
    if (query.tokens.length >= fewestTokens) found.push(query);
  }
  return spread(found, count);
}

/** A comment of at least five words, not the first ones of a file: those are licences. */
function commentIn(lines: readonly string[], seed: number): string | undefined {
  const comments = lines.slice(20).filter((line) => /^\s*(\/\/+|\/?\*+|#+|--|;+)\s*\w+(\s+\S+){4}/.test(line));
  return comments[seed % Math.max(1, comments.length)];
}
