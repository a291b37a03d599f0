import { afterAll, expect, it } from "vitest";
import { fuzz } from "./fuzz.ts";
import { openTargets } from "./targets.ts";

/** A short run of each reader, always the same cases; `npm run fuzz` runs others, and more. */
const runs = 600;
const { targets, close } = await openTargets();

afterAll(close);

it.each(targets.map((target) => [target.name, target] as const))(
  "%s: made bytes end in an answer or in an error with a remedy",
  async (_name, target) => {
    const failures = await fuzz(target, Math.ceil(runs / target.weight), 1);
    expect(failures.map(({ seed, what }) => `seed ${seed}: ${what}`)).toEqual([]);
  },
);
