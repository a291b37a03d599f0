import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findCompanions } from "../../../src/retrieval/companions.ts";

import { readChange } from "../../../src/workspace/read-change.ts";
import { historyOf } from "../../helpers/history.ts";
import { temporaryRepository, viewOf } from "./scenario.ts";

/** A history in which `schema.sql` goes along with `model.ts` in `together` commits and stays behind in `alone`. */
async function companionsAfter(
  {
    together,
    alone = 0,
    others = [],
    sweep = 0,
  }: {
    together: number;
    alone?: number;
    others?: string[];
    sweep?: number;
  },
  headFiles: string[] = ["model.ts"],
  bounds: { minConfidence?: number; minTogether?: number } = {},
) {
  const repository = temporaryRepository();
  const touch = (paths: string[], text: string): string => {
    for (const path of paths) repository.write(path, `export const version = "${text}";\n`);
    return repository.commit(text);
  };
  for (let i = 0; i < alone; i++) touch(["model.ts"], `alone ${i}`);
  for (let i = 0; i < together; i++) touch(["model.ts", "schema.sql", ...others], `together ${i}`);
  const padding = Array.from({ length: 40 }, (_, i) => `page${i}.ts`);
  for (let i = 0; i < sweep; i++) touch(["model.ts", "schema.sql", ...padding], `sweep ${i}`);
  const base = repository.git("rev-parse", "HEAD");
  const head = touch(headFiles, "the change");
  const change = await readChange(repository.dir, base, head);
  const history = await historyOf(repository, base);
  const companions = findCompanions(change, await viewOf(repository, head), history, {
    citeCommit: () => head,
    ...bounds,
  });
  return { repository, companions };
}

describe("findCompanions", () => {
  it("names the file that was left out, with the commits that made the habit", async () => {
    const { companions, repository } = await companionsAfter({ together: 9, alone: 1 });

    expect(companions).toMatchObject([{ changed: "model.ts", companion: "schema.sql", support: 10, together: 9 }]);
    expect(companions[0]?.confidence).toBeCloseTo(0.9, 2);
    const evidence = companions.flatMap((companion) => companion.evidence);
    expect(evidence.map(({ text }) => text)).toEqual([
      "together 8",
      "together 7",
      "together 6",
      'export const version = "together 8";',
    ]);
    expect(evidence[0]?.why).toBe("changed both files");
    expect(await keepResolving(repository.dir, evidence)).toEqual(evidence);
  });

  it("weighs recent commits more", async () => {
    const { companions } = await companionsAfter({ together: 8, alone: 2 });

    // The two lonely commits are older than the eight: a little over 8 of 10.
    expect(companions[0]?.confidence).toBeGreaterThan(0.8);
    expect(companions[0]?.confidence).toBeLessThan(0.81);
  });

  it.each<[string, Parameters<typeof companionsAfter>]>([
    ["a weak habit", [{ together: 8, alone: 3 }]],
    ["a young habit", [{ together: 7 }]],
    ["sweeping commits", [{ together: 7, sweep: 5 }]],
    ["a companion that came along", [{ together: 9 }, ["model.ts", "schema.sql"]]],
  ])("is silent about %s", async (_, args) => {
    expect((await companionsAfter(...args)).companions).toEqual([]);
  });

  it("names weaker and younger habits where they are asked for", async () => {
    const weak = await companionsAfter({ together: 2, alone: 2 }, undefined, { minConfidence: 0.5, minTogether: 2 });
    const weaker = await companionsAfter({ together: 2, alone: 3 }, undefined, { minConfidence: 0.5, minTogether: 2 });

    expect(weak.companions).toMatchObject([{ companion: "schema.sql", support: 4, together: 2 }]);
    expect(weaker.companions).toEqual([]);
  });

  it("never names lock files and changelogs", async () => {
    const { companions } = await companionsAfter({ together: 9, others: ["package-lock.json", "CHANGELOG.md"] });

    expect(companions.map(({ companion }) => companion)).toEqual(["schema.sql"]);
  });

  it("never names a file that is gone", async () => {
    const repository = temporaryRepository();
    for (let i = 0; i < 9; i++) {
      repository.write("model.ts", `${i}\n`);
      repository.write("schema.sql", `${i}\n`);
      repository.commit(`Both ${i}`);
    }
    repository.remove("schema.sql");
    const base = repository.commit("Drop the schema");
    repository.write("model.ts", "new\n");
    const head = repository.commit("Change");
    const change = await readChange(repository.dir, base, head);
    const history = await historyOf(repository, base);

    expect(findCompanions(change, await viewOf(repository, head), history, { citeCommit: () => head })).toEqual([]);
  });
});
