import { openDemoEngram } from "./demo-engram.ts";
import { drawChunks } from "./draw-chunks.ts";
import { drawSearch } from "./draw-search.ts";
import { drawSum } from "./draw-sum.ts";
import { drawVector } from "./draw-vector.ts";
import { svg } from "./svg.ts";

/** The pictures of docs/how-an-engram-works.md by file name, drawn from the demo's repository. */
export async function drawAll(): Promise<Record<string, string>> {
  const demo = await openDemoEngram();
  return {
    "engram-chunks.svg": svg(drawChunks(demo)),
    "engram-vector.svg": svg(drawVector(demo)),
    "engram-sum.svg": svg(drawSum(demo)),
    "engram-search.svg": svg(drawSearch(demo)),
  };
}
