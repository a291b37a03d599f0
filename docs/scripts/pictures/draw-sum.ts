import { bundle, chunkVector, fold, similarity } from "../../../src/engram/algebra/hypervector.ts";
import type { DemoEngram } from "./demo-engram.ts";
import { dot, type Drawing, stroke, text } from "./svg.ts";

/** How many chunks are added up. */
const sizes = [1, 3, 10, 30];
const [left, right, top, rowHeight] = [150, 730, 84, 62];

/** Sums of chunk vectors: how alike each chunk of the repository is to a sum that it is, or is not, part of. */
export function drawSum({ engram }: DemoEngram): Drawing {
  const vectors = [...engram.rows()].flatMap((row) =>
    Array.from(row.rowEnds, (_, chunk) => fold(chunkVector(row, chunk))),
  );
  // Spread over the whole tree, and the same ones in every run.
  const order = vectors.map((_, i) => (i * 37) % vectors.length);
  const parts = [
    text(24, 24, "A sum remembers what is in it", "strong"),
    `<text x="24" y="44" class="small quiet">Each dot is one of the ${vectors.length} chunks of the repository: <tspan class="a">● in the sum</tspan>, <tspan class="b">● not in it</tspan>. To the right: more alike (cosine).</text>`,
    text(left, 68, "not alike", "small quiet"),
    text(right, 68, "the same", "small quiet", "end"),
  ];
  for (const [i, size] of sizes.entries()) {
    const members = new Set(order.slice(0, size));
    const sum = bundle(vectors.filter((_, at) => members.has(at)));
    const y = top + i * rowHeight;
    parts.push(text(24, y + 22, `sum of ${size}`, "strong"), stroke(`M${left} ${y + 40}H${right}`));
    for (const [at, vector] of vectors.entries()) {
      const x = left + Math.max(0, similarity(sum, vector)) * (right - left);
      parts.push(members.has(at) ? dot(x, y + 14, 3.5, "a") : dot(x, y + 30, 2.5, "b"));
    }
  }
  return {
    title: "Chunks that are in a sum are more alike to it than others, less clearly the more there are in it",
    width: 760,
    height: top + sizes.length * rowHeight + 10,
    parts,
  };
}
