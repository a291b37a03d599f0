import * as fc from "fast-check";
import { AssistantError } from "../../src/shared/errors.ts";
import { mutated, randomOf } from "./mutate.ts";
import type { Target } from "./targets.ts";

/** A case that a reader did not get over. */
export interface Failure {
  target: string;
  seed: number;
  what: string;
  bytes: Buffer;
}

/** A reader that takes longer for one case hangs, for whoever waits; tests share their machine with others. */
const mostMs = 10_000;

/**
 * Gives a reader so many made cases. A case is told by its seed alone.
 * @param from the first case's seed; the others follow
 */
export async function fuzz(target: Target, runs: number, from: number): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (let seed = from; seed < from + runs; seed += 1) {
    const failure = await tryCase(target, seed);
    if (failure !== null) failures.push(failure);
    if (failures.length >= 3) break;
  }
  return failures;
}

export async function tryCase(target: Target, seed: number): Promise<Failure | null> {
  const bytes = caseOf(target, seed);
  const fail = (what: string): Failure => ({ target: target.name, seed, what, bytes });
  const started = performance.now();
  try {
    await target.run(bytes);
  } catch (error) {
    if (!(error instanceof AssistantError) && target.names?.(error) !== true)
      return fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const ms = performance.now() - started;
  return ms > mostMs ? fail(`took ${Math.round(ms)} ms`) : null;
}

function caseOf({ seeds, made, most }: Target, seed: number): Buffer {
  if (made === undefined || seed % 2 === 0) return mutated(seeds, randomOf(seed), most);
  const [content = ""] = fc.sample(made, { seed, numRuns: 1 });
  return Buffer.from(content).subarray(0, most);
}
