import { describe, expect, it } from "vitest";
import { coChange } from "../../../src/retrieval/co-change.ts";
import { historyOf } from "../../helpers/history.ts";
import { temporaryRepository } from "./scenario.ts";

/** One commit for each list of paths, the oldest first. */
async function pastOf(...commits: string[][]) {
  const repository = temporaryRepository();
  for (const [index, paths] of commits.entries()) {
    for (const path of paths) repository.write(path, `${index} ${path}\n`);
    repository.commit(`Commit ${index}`);
  }
  return historyOf(repository);
}

const sweep = Array.from({ length: 31 }, (_, index) => `page${index}.ts`);

describe("coChange", () => {
  it("counts the commits that changed a file, and how often others came along", async () => {
    const history = await pastOf(["a", "b", "c"], ["c"], ["a"], ["a", "b"]);

    const found = coChange(history, "a");

    expect(found.map(({ path, support, together }) => [path, support, together])).toEqual([
      ["b", 3, [0, 3]],
      ["c", 3, [3]],
    ]);
    const weights = [1, 2 ** -0.001, 2 ** -0.003];
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    expect(found[0]?.confidence).toBeCloseTo(((weights[0] ?? 0) + (weights[2] ?? 0)) / total, 12);
    expect(found[1]?.confidence).toBeCloseTo((weights[2] ?? 0) / total, 12);
  });

  it("learns nothing from sweeps, and knows nothing of other files", async () => {
    const history = await pastOf(["page0.ts", "b"], sweep, ["c"]);

    expect(coChange(history, "page0.ts").map(({ path, support }) => [path, support])).toEqual([["b", 1]]);
    expect(coChange(history, "nowhere")).toEqual([]);
  });

  it("follows a file to its older name", async () => {
    const repository = temporaryRepository();
    repository.write("old.ts", "1\n");
    repository.write("b", "1\n");
    repository.commit("Create");
    repository.git("mv", "old.ts", "new.ts");
    repository.commit("Rename");

    const found = coChange(await historyOf(repository), "b");

    expect(found.map(({ path }) => path)).toEqual(["new.ts"]);
  });
});
