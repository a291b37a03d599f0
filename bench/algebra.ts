import { basename, dirname } from "node:path";
import type { Encoder } from "../src/engram/encode.ts";
import { createMemoryEngramStore } from "../src/engram/memory-engram-store.ts";
import { loadKernel } from "../src/engram/kernel/load-kernel.ts";
import { createUnitParser } from "../src/engram/units/tree-sitter-parser.ts";
import { defaultSeed } from "../src/engram/versions.ts";
import { gitText } from "../src/shared/git.ts";
import { openLocalClone } from "../src/workspace/local-clone.ts";
import { type ChangeFigures, measureChanges, type Tally } from "./algebra-changes.ts";
import { type Group, groupRows, measureCoarse, measureSketches } from "./algebra-many.ts";
import { type DirectoryFigures, measureDirectories, measureRoles, type RoleFigures } from "./algebra-tree.ts";
import { measureWalk, type WalkFigures } from "./algebra-walk.ts";
import { type BenchOptions, type BenchResult, say } from "./bench.ts";
import { mean, milliseconds, spread } from "./statistics.ts";

/** All that is measured on one repository. */
interface RepositoryFigures {
  name: string;
  changes: ChangeFigures;
  directories: DirectoryFigures;
  roles: RoleFigures;
  walk: WalkFigures;
}

/**
 * The uses of the algebra, each beside its plain baseline (docs/algebra.md): one line a repository, and all together. Several
 * repositories (`--repo` again and again) also make a larger crowd of engrams to choose from.
 */
export async function benchAlgebra(options: BenchOptions): Promise<BenchResult> {
  const repos = options.repos.length > 0 ? options.repos : [options.repo];
  const encoder: Encoder = { kernel: loadKernel().kernel, seed: defaultSeed, units: createUnitParser() };
  const all: RepositoryFigures[] = [];
  const groups: Group[] = [];
  const messages: string[] = [];
  for (const repo of repos) {
    const { gitDir } = await openLocalClone(repo);
    const name = nameOf(gitDir);
    say(`algebra: ${name}`);
    const changes = await measureChanges(encoder.kernel, gitDir, options.quick);
    const walk = await measureWalk(encoder, gitDir, options.quick);
    const store = createMemoryEngramStore({ kernel: encoder.kernel });
    const { engram } = await store.update("bench", gitDir, await gitText(gitDir, ["rev-parse", "HEAD"]));
    const rows = [...engram.rows()];
    const directories = measureDirectories(engram, rows, options.quick);
    const roles = await measureRoles(encoder, engram, options.quick);
    all.push({ name, changes, directories, roles, walk });
    groups.push(...groupRows(name, rows));
    messages.push(...(await lastMessages(gitDir)));
    engram.close();
    store.close();
  }
  const many = {
    sketches: measureSketches(groups),
    coarse: measureCoarse(encoder, groups, spread(messages, options.quick ? 60 : 600)),
  };
  return { rows: rowsOf(all, many), figures: figuresOf(all, many) };
}

/** Messages of the newest commits, without what points at the commit itself. */
async function lastMessages(gitDir: string): Promise<string[]> {
  const text = await gitText(gitDir, ["log", "--no-merges", "--format=%s%n%b%x00", "--max-count=200", "HEAD"]);
  return text
    .split("\0")
    .map((one) => one.trim())
    .filter((one) => one.length >= 20);
}

/** Of the folder, or of the one above it where that is only called "repo" or ".git". */
function nameOf(gitDir: string): string {
  const name = basename(gitDir);
  return name === "repo" || name === ".git" ? basename(dirname(gitDir)) : name.replace(/\.git$/, "");
}

interface ManyFigures {
  sketches: ReturnType<typeof measureSketches>;
  coarse: ReturnType<typeof measureCoarse>;
}

function rowsOf(all: readonly RepositoryFigures[], { sketches, coarse }: ManyFigures): BenchResult["rows"] {
  const rows: BenchResult["rows"] = [];
  for (const { name, changes, directories, roles, walk } of all) {
    const { reverts, backports, hunks, direction } = changes;
    rows.push(
      [`${name}: what a revert reverts`, tallies(reverts)],
      [`${name}: its single hunks`, tallies(hunks)],
      [`${name}: what a backport repeats`, `${tallies(backports)} (${changes.labelled} by git's words)`],
      [`${name}: undone or repeated`, tallies(direction)],
      [
        `${name}: index of 2,000 changes`,
        `opens in ${milliseconds(changes.openMs)}, a query ${milliseconds(changes.queryMs)}; ` +
          `${(changes.bytes / changes.commits / 1024).toFixed(1)} KiB a commit`,
      ],
      [
        `${name}: directory of a held-out file`,
        `top 3 ${percent(directories.top3)}, first ${percent(directories.top1)}; by search ${percent(directories.searchTop3)}, ` +
          `raw sums ${percent(directories.rawTop3)} (${directories.n} files, ${directories.directories} directories)`,
      ],
      [
        `${name}: users of a removed definition`,
        `precision ${percent(roles.precision)} recall ${percent(roles.recall)}; plain token ` +
          `${percent(roles.plainPrecision)} ${percent(roles.plainRecall)} (${roles.definitions} definitions, ${roles.edges} calling chunks)`,
      ],
      [
        `${name}: overlay ≡ joint ingest`,
        `${walk.different} of ${walk.queries} answers differ, ${walk.commits} commits`,
      ],
      [
        `${name}: changed here, not there`,
        `${walk.left.ours} of ${walk.left.n} first; by the removed lines ${walk.left.plain}, by −Δ ${walk.left.positive}`,
      ],
    );
  }
  rows.push(
    [
      "other half of an engram by its sketch",
      `${percent(sketches.r1)} first of ${sketches.engrams}; in 10,000 dimensions ${percent(sketches.smallR1)}, before folding, raw ` +
        `${percent(sketches.rawR1)}; ${sketches.bytes} bytes`,
    ],
    [
      "engrams left closed",
      `counters ${percent(coarse.closed)} at recall ${percent(coarse.recall)}; sums ${percent(coarse.bySums.closed)} at ` +
        `${percent(coarse.bySums.recall)}; largest first ${percent(coarse.bySize.closed)} at ${percent(coarse.bySize.recall)}; ` +
        `without any loss ${percent(coarse.byBound)} (${coarse.engrams} engrams, ${coarse.queries} queries)`,
    ],
  );
  return rows;
}

function figuresOf(all: readonly RepositoryFigures[], { sketches, coarse }: ManyFigures): Record<string, unknown> {
  const pooled = (tally: (one: RepositoryFigures) => Tally) => {
    const right = all.reduce((total, one) => total + tally(one).right, 0);
    const n = all.reduce((total, one) => total + tally(one).n, 0);
    return { n, share: right / n };
  };
  const weighted = (value: (one: RepositoryFigures) => number, n: (one: RepositoryFigures) => number) =>
    all.reduce((total, one) => total + (n(one) === 0 ? 0 : value(one) * n(one)), 0) /
    all.reduce((t, one) => t + n(one), 0);
  const answers = all.reduce((total, { walk }) => total + walk.queries, 0);
  const different = all.reduce((total, { walk }) => total + walk.different, 0);
  const files = (one: RepositoryFigures) => one.directories.n;
  const edges = (one: RepositoryFigures) => one.roles.edges;
  const left = (key: "ours" | "plain") => pooled(({ walk }) => ({ n: walk.left.n, right: walk.left[key] })).share;
  const reverts = pooled(({ changes }) => changes.reverts.ours);
  const backports = pooled(({ changes }) => changes.backports.ours);
  const hunks = pooled(({ changes }) => changes.hunks.ours);
  return {
    "algebra.revert_r1": reverts.share,
    "algebra.revert_n": reverts.n,
    "algebra.revert_r1_baseline": pooled(({ changes }) => changes.reverts.exact).share,
    "algebra.revert_r1_unsigned": pooled(({ changes }) => changes.reverts.unsigned).share,
    "algebra.revert_r1_signed": pooled(({ changes }) => changes.reverts.signed).share,
    "algebra.revert_r1_lines": pooled(({ changes }) => changes.reverts.lines).share,
    "algebra.hunk_r1": hunks.share,
    "algebra.hunk_n": hunks.n,
    "algebra.hunk_r1_baseline": pooled(({ changes }) => changes.hunks.exact).share,
    "algebra.direction": pooled(({ changes }) => changes.direction.ours).share,
    "algebra.direction_n": pooled(({ changes }) => changes.direction.ours).n,
    "algebra.direction_baseline": pooled(({ changes }) => changes.direction.signed).share,
    "algebra.backport_r1": backports.share,
    "algebra.backport_n": backports.n,
    "algebra.backport_r1_baseline": pooled(({ changes }) => changes.backports.exact).share,
    "algebra.backport_r1_unsigned": pooled(({ changes }) => changes.backports.unsigned).share,
    "algebra.backport_r1_lines": pooled(({ changes }) => changes.backports.lines).share,
    "algebra.change_query_ms": mean(all.map(({ changes }) => changes.queryMs)),
    "algebra.directory_top3": weighted(({ directories }) => directories.top3, files),
    "algebra.directory_n": all.reduce((total, one) => total + files(one), 0),
    "algebra.directory_top3_baseline": weighted(({ directories }) => directories.searchTop3, files),
    "algebra.directory_top3_raw": weighted(({ directories }) => directories.rawTop3, files),
    "algebra.role_edges": weighted(({ roles }) => roles.precision, edges),
    "algebra.role_edges_recall": weighted(({ roles }) => roles.recall, edges),
    "algebra.role_edges_baseline": weighted(({ roles }) => roles.plainPrecision, edges),
    "algebra.role_edges_recall_baseline": weighted(({ roles }) => roles.plainRecall, edges),
    "algebra.left_r1": left("ours"),
    "algebra.left_n": all.reduce((total, { walk }) => total + walk.left.n, 0),
    "algebra.left_r1_baseline": left("plain"),
    "algebra.overlay_exact": (answers - different) / answers,
    "algebra.overlay_n": answers,
    "algebra.sketch_r1": sketches.r1,
    "algebra.sketch_n": sketches.engrams,
    "algebra.sketch_r1_baseline": sketches.rawR1,
    "algebra.sketch_bytes": sketches.bytes,
    "algebra.coarse_closed": coarse.closed,
    "algebra.coarse_recall": coarse.recall,
    "algebra.coarse_closed_baseline": coarse.bySize.closed,
    "algebra.coarse_recall_baseline": coarse.bySize.recall,
    "algebra.coarse_closed_sums": coarse.bySums.closed,
    "algebra.coarse_closed_lossless": coarse.byBound,
    "algebra.coarse_engrams": coarse.engrams,
  };
}

function tallies(named: object): string {
  return Object.entries(named as Record<string, Tally>)
    .map(([name, { n, right }]) => `${name} ${right}/${n}`)
    .join(", ");
}

function percent(value: number): string {
  return Number.isNaN(value) ? "–" : `${(100 * value).toFixed(1)} %`;
}
