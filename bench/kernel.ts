import { createMemoryEngramStore } from "../src/engram/memory-engram-store.ts";
import { createJsKernel } from "../src/engram/kernel/js-kernel.ts";
import type { Kernel } from "../src/engram/kernel/kernel.ts";
import { loadKernel } from "../src/engram/kernel/load-kernel.ts";
import type { EngramView } from "../src/engram/engram.ts";
import { openLocalClone, resolveCommit } from "../src/workspace/local-clone.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { median, milliseconds } from "./statistics.ts";

/**
 * The native kernel beside its JavaScript twin: the same repository, the same queries, alternating, exact re-ranking
 * included. The ratio is JavaScript's time by the native one.
 */
export async function benchKernel({ quick, repo }: BenchOptions): Promise<BenchResult> {
  const { gitDir } = await openLocalClone(repo);
  const commit = await resolveCommit(gitDir, "HEAD");
  const open = async (kernel: Kernel) =>
    (await createMemoryEngramStore({ kernel }).update("bench", gitDir, commit)).engram;
  const native = await open(loadKernel("native").kernel);
  const js = await open(createJsKernel());
  const excerpts = cutExcerpts(native, quick ? 50 : 200);
  const figures: Record<string, number> = { chunks: native.info().chunks };
  const rows: BenchResult["rows"] = [["repository", `${native.info().files} files, ${figures["chunks"]} chunks`]];
  for (const [name, queries] of Object.entries(excerpts)) {
    const times = { native: [] as number[], js: [] as number[] };
    for (const query of queries) {
      times.native.push(timeOf(native, query));
      times.js.push(timeOf(js, query));
    }
    const [nativeMs, jsMs] = [median(times.native), median(times.js)];
    figures[`${name}.native_p50_ms`] = nativeMs;
    figures[`${name}.js_p50_ms`] = jsMs;
    figures[`${name}.vs_js`] = jsMs / nativeMs;
    rows.push([
      name,
      `native ${milliseconds(nativeMs)}, JavaScript ${milliseconds(jsMs)}, ratio ${(jsMs / nativeMs).toFixed(1)}`,
    ]);
  }
  return { rows, figures };
}

/** Queries from the repository itself: some words of one line, and twenty lines as in a pull request. */
function cutExcerpts(view: EngramView, count: number): Record<string, string[]> {
  const paths = view.paths().filter((path) => (view.text(path)?.split("\n").length ?? 0) > 40);
  const step = Math.max(1, Math.floor(paths.length / count));
  const texts = paths.filter((_, index) => index % step === 0).map((path) => view.text(path)?.split("\n") ?? []);
  return {
    words: texts.map(
      (lines) => lines.slice(15, 40).find((line) => line.trim().length > 20) ?? lines.slice(20, 22).join(" "),
    ),
    hunk: texts.map((lines) => lines.slice(10, 30).join("\n")),
  };
}

function timeOf(view: EngramView, query: string): number {
  const started = performance.now();
  view.search(query, { k: 20, paths: false });
  return performance.now() - started;
}
