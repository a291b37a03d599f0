/**
 * How much a sum of hypervectors holds, and what updates do to it: `npx tsx bench/report/capacity.ts [--quick] [--out FILE.json]`.
 * Random sparse ternary items (200 signed positions, as Embeddenator's vectors have), no code of ours and none of theirs: the
 * arithmetic alone. A sum holds N items if 99 % of them stand among the first N of 10,000 (1,000 with --quick) by scalar product.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { createRandom } from "../statistics.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, out: { type: "string" } } });

const nonZero = 200;
const dimensions = [10_000, 50_000, 100_000] as const;
const items = values.quick ? 1_000 : 10_000;
const counts = [50, 100, 150, 200, 300, 400, 600, 800, 1_000, 1_500, 2_000, 3_000, 4_000].filter((n) => n <= items / 2);
const pushes = [1, 10, 50] as const;

const held = dimensions.map((dimension) => capacity(dimension));
const figures = {
  title: "Items that a sum tells from 10,000 others, by dimensions",
  command: `npx tsx bench/report/capacity.ts${values.quick ? " --quick" : ""}`,
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus()[0]?.model ?? "?"}, Node ${process.versions.node}`,
  form: "bars",
  unit: "items",
  scale: "linear",
  labels: dimensions.map((dimension) => `${dimension.toLocaleString("en-GB")} dimensions`),
  series: [
    { name: "sum of integers (ours)", values: held.map(({ integers }) => integers) },
    { name: "clipped to -1, 0, 1 after each (Embeddenator)", values: held.map(({ clipped }) => clipped) },
  ],
  drift: pushes.map((rounds) => ({ pushes: rounds, ...drift(10_000, 200, rounds) })),
};
const text = `${JSON.stringify(figures, null, 2)}\n`;
process.stdout.write(text);
if (values.out !== undefined) writeFileSync(values.out, text);

/** Positions with the sign in the lowest bit. */
type Item = Int32Array;

function randomItems(dimension: number, count: number, seed: number): Item[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () =>
    Int32Array.from({ length: nonZero }, () => 2 * Math.floor(random() * dimension) + (random() < 0.5 ? 0 : 1)),
  );
}

function add(sum: Int32Array, item: Item, factor: number, clip: boolean): void {
  for (const code of item) {
    const at = code >> 1;
    const value = (sum[at] as number) + factor * (code & 1 ? -1 : 1);
    sum[at] = clip ? Math.max(-1, Math.min(1, value)) : value;
  }
}

function product(sum: Int32Array, item: Item): number {
  let total = 0;
  for (const code of item) total += code & 1 ? -(sum[code >> 1] as number) : (sum[code >> 1] as number);
  return total;
}

/** Largest number of items, of those tried, of which 99 % are told from the others. */
function capacity(dimension: number): { integers: number; clipped: number } {
  const all = randomItems(dimension, items, dimension);
  const largest = (clip: boolean) =>
    counts.filter(
      (count) => kept(sumOf(all.slice(0, count), dimension, clip), all, new Set(all.slice(0, count))) >= 0.99,
    );
  return { integers: Math.max(0, ...largest(false)), clipped: Math.max(0, ...largest(true)) };
}

function sumOf(stored: readonly Item[], dimension: number, clip: boolean): Int32Array {
  const sum = new Int32Array(dimension);
  for (const item of stored) add(sum, item, 1, clip);
  return sum;
}

function kept(sum: Int32Array, all: readonly Item[], stored: ReadonlySet<Item>): number {
  const scored = all.map((item) => ({ item, score: product(sum, item) })).sort((a, b) => b.score - a.score);
  return scored.slice(0, stored.size).filter(({ item }) => stored.has(item)).length / stored.size;
}

/** Each push replaces one item in a hundred; a rebuilt sum is the truth. */
function drift(dimension: number, count: number, rounds: number): Record<string, number> {
  const changed = Math.max(1, Math.round(count / 100));
  const all = randomItems(dimension, count + rounds * changed, 7);
  const current = all.slice(0, count);
  const sums = { integers: sumOf(current, dimension, false), clipped: sumOf(current, dimension, true) };
  for (const [i, next] of all.slice(count).entries()) {
    const place = (i * 37) % count;
    for (const [name, sum] of Object.entries(sums)) {
      add(sum, current[place] as Item, -1, name === "clipped");
      add(sum, next, 1, name === "clipped");
    }
    current[place] = next;
  }
  const wrong = (sum: Int32Array, truth: Int32Array) => truth.filter((value, i) => value !== sum[i]).length / dimension;
  return {
    integersWrong: wrong(sums.integers, sumOf(current, dimension, false)),
    clippedWrong: wrong(sums.clipped, sumOf(current, dimension, true)),
  };
}
