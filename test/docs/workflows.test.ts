import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
const folder = join(root, ".github/workflows");

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { "timeout-minutes"?: number; steps: { uses?: string; run?: string }[] }>;
}

// None of them can be run here: what can be known without a runner is looked at.
describe.each(readdirSync(folder))("%s", (file) => {
  const { permissions, jobs } = parse(readFileSync(join(folder, file), "utf8")) as Workflow;
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it("may read by itself, and no more", () => {
    expect(permissions).toEqual({ contents: "read" });
  });

  it("ends", () => {
    expect(Object.values(jobs).filter((job) => !job["timeout-minutes"])).toEqual([]);
  });

  it("takes actions of GitHub alone, by their version", () => {
    const strange = steps.flatMap(({ uses = "actions/x@v1" }) => (/^actions\/[a-z-]+@v\d+$/.test(uses) ? [] : [uses]));

    expect(strange).toEqual([]);
  });

  it("runs files that exist", () => {
    const named = steps.flatMap(({ run = "" }) => run.match(/(?<=^|\s)(?:\.ci|test|native)\/[\w./-]+\.\w+/g) ?? []);
    const made = named.filter((path) => path.startsWith("native/build/"));

    expect(named.filter((path) => !made.includes(path) && !existsSync(join(root, path)))).toEqual([]);
  });
});
