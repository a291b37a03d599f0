import { createHash } from "node:crypto";
import { type ChangeColumns, collectChanges, sliceChanges } from "../src/engram/algebra/change-columns.ts";
import {
  type ChangeHit,
  changesRepeated,
  changesTakenBack,
  openChangeIndex,
} from "../src/engram/algebra/change-index.ts";
import { changeSides, type ChangeSides, hunkSides } from "../src/engram/algebra/change-vector.ts";
import { difference, negate, positivePart, sum, vectorOf, zeroVector } from "../src/engram/algebra/token-vector.ts";
import { murmur3 } from "../src/engram/kernel/murmur3.ts";
import type { Kernel } from "../src/engram/kernel/kernel.ts";
import { candidates, findBackports, findReverts, type Pair } from "./algebra-labels.ts";
import { type LoggedCommit, type LoggedHunk, readHistory } from "./algebra-history.ts";
import { median } from "./statistics.ts";

/** Hunks of one revert that are asked for, so that a large one does not decide the figure. */
const hunksPerRevert = 10;
/** A hunk with fewer words ("});" and the like) stands in too many places to be anybody's. */
const tokensOfHunk = 5;

/** One way to describe a change and to rank by it. */
interface Method {
  columns: ChangeColumns;
  encode: (hunks: readonly LoggedHunk[]) => ChangeSides;
  score: (hit: ChangeHit, kind: Kind) => number;
}

type Kind = "undoes" | "repeats";
type Encode = Method["encode"];

export interface Tally {
  n: number;
  right: number;
}

/** By method: how often the true counterpart came first. `ours` is what the product uses. */
export type Tallies = Record<"ours" | "signed" | "unsigned" | "lines" | "exact", Tally>;

export interface ChangeFigures {
  commits: number;
  reverts: Tallies;
  backports: Tallies;
  /** Of the backports, how many git's own words label; the others have an equal subject on another branch. */
  labelled: number;
  hunks: Pick<Tallies, "ours" | "exact">;
  direction: Record<"ours" | "signed", Tally>;
  openMs: number;
  queryMs: number;
  bytes: number;
}

/**
 * Do change vectors find what a change takes back or repeats? The labels are free: commits that say "This reverts commit",
 * "(cherry picked from commit", or stand on another branch under the same subject.
 */
export async function measureChanges(kernel: Kernel, gitDir: string, quick: boolean): Promise<ChangeFigures> {
  const encoder = { kernel, seed: 1 };
  const commits: LoggedCommit[] = [];
  for await (const one of readHistory(gitDir, ["--no-merges", `--max-count=${quick ? 3_000 : 100_000}`, "HEAD"])) {
    commits.push(one);
  }
  const methods = methodsOf(commits, (hunks) => changeSides(encoder, hunks));
  const reverts = findReverts(commits);
  const { pairs: backports, labelled } = await findBackports(commits, gitDir, quick);
  const figures: ChangeFigures = {
    commits: commits.length,
    reverts: noTallies(),
    backports: noTallies(),
    labelled,
    hunks: measureHunks(commits, reverts, (hunks) => hunkSides(encoder, hunks)),
    direction: { ours: { n: 0, right: 0 }, signed: { n: 0, right: 0 } },
    openMs: 0,
    queryMs: 0,
    bytes: bytesOf(methods.ours.columns),
  };
  const forms = commits.map(({ hunks }) => exactForm(hunks, false));
  const times = { open: [] as number[], query: [] as number[] };
  for (const pair of reverts) measurePair(forms, methods, pair, "undoes", figures, times);
  for (const pair of backports) measurePair(forms, methods, pair, "repeats", figures, times);
  return { ...figures, openMs: median(times.open), queryMs: median(times.query) };
}

type Methods = Record<"ours" | "signed" | "unsigned" | "lines", Method>;

function methodsOf(commits: readonly LoggedCommit[], encode: Encode): Methods {
  const method = (sidesOf: Encode, score: Method["score"]): Method => ({
    columns: collectChanges(withSides(commits, sidesOf)),
    encode: sidesOf,
    score,
  });
  const delta: Encode = (hunks) => {
    const { added, removed } = encode(hunks);
    const signed = difference(added, removed);
    return { added: positivePart(signed), removed: positivePart(negate(signed)) };
  };
  const bag: Encode = (hunks) => {
    const { added, removed } = encode(hunks);
    return { added: sum([added, removed]), removed: zeroVector };
  };
  return {
    ours: method(encode, (hit, kind) => hit[kind]),
    signed: method(delta, (hit, kind) => (kind === "undoes" ? hit.undoes - hit.repeats : hit.repeats - hit.undoes)),
    unsigned: method(bag, (hit) => hit.repeats),
    lines: method(lineSides, (hit, kind) => hit[kind]),
  };
}

function* withSides(commits: readonly LoggedCommit[], encode: Encode) {
  for (const { sha, hunks } of commits) yield { name: sha, sides: encode(hunks) };
}

/** Whole lines as tokens, without their indentation. */
function lineSides(hunks: readonly LoggedHunk[]): ChangeSides {
  const hash = (lines: string[]) => {
    const bytes = lines.map((line) => Buffer.from(line.trim())).filter(({ length }) => length > 0);
    return vectorOf(
      bytes.map((one) => murmur3(one, 0, one.length, 1)),
      bytes.map(() => 1),
    );
  };
  return { added: hash(hunks.flatMap(({ added }) => added)), removed: hash(hunks.flatMap(({ removed }) => removed)) };
}

function measurePair(
  forms: readonly string[],
  methods: Methods,
  { query, target, first }: Pair,
  kind: Kind,
  figures: ChangeFigures,
  times: { open: number[]; query: number[] },
): void {
  const tallies = kind === "undoes" ? figures.reverts : figures.backports;
  for (const name of ["ours", "signed", "unsigned", "lines"] as const) {
    const method = methods[name];
    const sides = method.encode(query.hunks);
    const started = performance.now();
    const index = openChangeIndex(sliceChanges(method.columns, first, first + candidates));
    const opened = performance.now();
    const swapped = kind === "undoes" && name !== "unsigned";
    const hits = (swapped ? changesTakenBack : changesRepeated)(index, sides, candidates);
    if (name === "ours") times.query.push(performance.now() - opened);
    if (name === "ours") times.open.push(opened - started);
    const ranked = name === "signed" ? rankSigned(method, index, sides, kind) : hits;
    count(tallies[name], ranked[0]?.change === target - first);
    const hit = ranked.find(({ change }) => change === target - first);
    const other = kind === "undoes" ? "repeats" : "undoes";
    if (name === "ours" || name === "signed")
      count(figures.direction[name], hit !== undefined && hit[kind] > hit[other]);
  }
  const wanted = exactForm(query.hunks, kind === "undoes");
  const same = forms.findIndex((form, i) => i >= first && form === wanted);
  count(tallies.exact, wanted !== "" && same === target);
}

/** The signed score is a difference of both cosines, so both lists are needed in full. */
function rankSigned(
  method: Method,
  index: ReturnType<typeof openChangeIndex>,
  sides: ChangeSides,
  kind: Kind,
): ChangeHit[] {
  const hits = new Map<number, ChangeHit>();
  for (const hit of changesTakenBack(index, sides, candidates)) hits.set(hit.change, hit);
  for (const hit of changesRepeated(index, sides, candidates)) hits.set(hit.change, hit);
  const all = [...hits.values()].filter((hit) => method.score(hit, kind) > 0);
  return all.sort((a, b) => method.score(b, kind) - method.score(a, kind) || a.change - b.change);
}

/** Every hunk of a revert by itself: is what it takes back a hunk of the commit that it names? */
function measureHunks(
  commits: readonly LoggedCommit[],
  reverts: readonly Pair[],
  encode: (hunks: readonly LoggedHunk[]) => ChangeSides[],
): ChangeFigures["hunks"] {
  const tallies = { ours: { n: 0, right: 0 }, exact: { n: 0, right: 0 } };
  const { columns, owners, forms, ends } = hunksOf(commits, encode);
  for (const { query, target, first } of reverts) {
    const start = ends[first - 1] ?? 0;
    const index = openChangeIndex(sliceChanges(columns, start, ends[first + candidates - 1] ?? owners.length));
    const asked = encode(query.hunks).map((sides, i) => ({ sides, hunk: query.hunks[i] as LoggedHunk }));
    for (const { hunk, sides } of asked.filter((one) => isTelling(one.sides)).slice(0, hunksPerRevert)) {
      const [hit] = changesTakenBack(index, sides, 1);
      count(tallies.ours, hit !== undefined && owners[start + hit.change] === target);
      const wanted = exactForm([hunk], true);
      const same = forms.findIndex((form, i) => i >= start && form === wanted);
      count(tallies.exact, owners[same] === target);
    }
  }
  return tallies;
}

/** All hunks of all commits; `ends` says where each commit's end. */
function hunksOf(commits: readonly LoggedCommit[], encode: (hunks: readonly LoggedHunk[]) => ChangeSides[]) {
  const owners = commits.flatMap(({ hunks }, i) => hunks.map(() => i));
  const forms = commits.flatMap(({ hunks }) => hunks.map((hunk) => exactForm([hunk], false)));
  let end = 0;
  const ends = commits.map(({ hunks }) => (end += hunks.length));
  const all = commits.flatMap(({ hunks }) => encode(hunks).map((sides) => ({ name: "", sides })));
  return { columns: collectChanges(all), owners, forms, ends };
}

function isTelling({ added, removed }: ChangeSides): boolean {
  return added.tokens.length + removed.tokens.length >= 3 * tokensOfHunk;
}

/** Paths and lines without white space, as `git patch-id` compares changes; line numbers play no part. */
function exactForm(hunks: readonly LoggedHunk[], undo: boolean): string {
  const forms = hunks.map(({ path, removed, added }) => {
    const [minus, plus] = undo ? [added, removed] : [removed, added];
    return [path, ...minus.map((line) => `-${line}`), ...plus.map((line) => `+${line}`)]
      .join("\n")
      .replace(/[ \t\r]/g, "");
  });
  const text = forms.join("\n");
  return text === "" ? "" : createHash("sha1").update(text).digest("base64");
}

function count(tally: Tally, right: boolean): void {
  tally.n += 1;
  tally.right += right ? 1 : 0;
}

function noTallies(): Tallies {
  const none = () => ({ n: 0, right: 0 });
  return { ours: none(), signed: none(), unsigned: none(), lines: none(), exact: none() };
}

function bytesOf({ ends, tokens, added, removed }: ChangeColumns): number {
  return ends.byteLength + tokens.byteLength + added.byteLength + removed.byteLength;
}
