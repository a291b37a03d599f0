import { parseArgs } from "node:util";
import { fuzz, tryCase } from "./fuzz.ts";
import { openTargets } from "./targets.ts";

/**
 * `npm run fuzz -- --runs N [--seed S] [--only NAME]`: N cases over all readers; `--case SEED --only NAME` repeats one.
 * Prints the seed of each case that fails; the exit code is 1 then.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "10000" },
    seed: { type: "string" },
    case: { type: "string" },
    only: { type: "string" },
  },
});
const opened = await openTargets();
try {
  const targets = opened.targets.filter(({ name }) => values.only === undefined || name === values.only);
  if (targets.length === 0)
    throw new Error(`no such reader; there are: ${opened.targets.map(({ name }) => name).join(", ")}`);
  const from = Number(values.seed ?? Math.floor(Math.random() * 2 ** 30));
  const shares = targets.map(({ weight }) => 1 / weight);
  const all = shares.reduce((sum, share) => sum + share, 0);
  let cases = 0;
  for (const [index, target] of targets.entries()) {
    const runs = Math.max(1, Math.round((Number(values.runs) * (shares[index] as number)) / all));
    const started = performance.now();
    const failures =
      values.case === undefined
        ? await fuzz(target, runs, from)
        : [await tryCase(target, Number(values.case))].filter((one) => one !== null);
    const tried = values.case === undefined ? runs : 1;
    cases += tried;
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.log(`${target.name}: ${tried} cases from seed ${from}, ${seconds} s, ${failures.length} failed`);
    for (const { seed, what, bytes } of failures) {
      process.exitCode = 1;
      console.log(`  seed ${seed}: ${what}\n  ${JSON.stringify(bytes.toString("utf8").slice(0, 300))}`);
    }
  }
  console.log(`${cases} cases in all`);
} finally {
  opened.close();
}
