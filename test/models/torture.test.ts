import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const program = join(import.meta.dirname, "torture.ts");

/** By hand, 1,000 of them: `npx tsx test/models/torture.ts --events 1000 --seed 1`. */
it("loses no request and aborts no process whatever happens to a computing model", { timeout: 900_000 }, async () => {
  const child = spawn(process.execPath, ["--import", "tsx", program, "--events", "60", "--seed", "7"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  let errors = "";
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const ended = await new Promise((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  expect(ended, errors).toEqual({ code: 0, signal: null });
  expect(JSON.parse(output)).toMatchObject({ events: 60, violations: [] });
});
