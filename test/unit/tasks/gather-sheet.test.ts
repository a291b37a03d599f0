import { expect, it, onTestFinished, vi } from "vitest";
import { layChangeOver } from "../../../src/engram/lay-change-over.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { createUnitParser } from "../../../src/engram/units/tree-sitter-parser.ts";
import { openPast } from "../../../src/handlers/remember.ts";
import { gatherEvidence } from "../../../src/tasks/review/gather-evidence.ts";
import { openLocalClone } from "../../../src/workspace/local-clone.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import { createRepository } from "../../helpers/git-repository.ts";
import { createPastStores } from "../../helpers/past-stores.ts";

it("tells a commit and its pull request once, and what there was no time for also where nothing is told", async () => {
  const repository = createRepository();
  const stores = createPastStores();
  onTestFinished(() => {
    stores.dispose();
    repository.dispose();
  });
  const write = (changed: Record<number, string>, message: string): string => {
    repository.write("a.ts", Array.from({ length: 20 }, (_, i) => `${changed[i] ?? `line ${i}`}\n`).join(""));
    return repository.commit(message);
  };
  write({}, "Create");
  repository.git("switch", "-q", "-c", "pull");
  repository.git("update-ref", "refs/pull/1/head", write({ 3: "three" }, "Three"));
  repository.git("switch", "-q", "main");
  const base = write({ 3: "three" }, "Spell three out (#1)");
  const head = write({ 3: "drei", 9: "neun" }, "German");

  const workspace = await openLocalClone(repository.dir);
  const { gitDir } = workspace;
  const { engram } = await createMemoryEngramStore().update("k", gitDir, base);
  const change = await readChange(gitDir, base, head);
  const { signal } = new AbortController();
  const past = await openPast({ key: "k", gitDir, commit: base, defaultCommit: base, learn: true, signal }, stores);
  const view = await layChangeOver(engram, change, gitDir);
  const input = { subject: null, change, view, past, units: createUnitParser(), others: [], engramCommit: base };
  const gather = async () => {
    const { sheet, withheld } = await gatherEvidence({ ...input, workspace, signal });
    const told = sheet.filter(({ kind }) => kind === "commit" || kind === "past-pull");
    return { told: told.map(({ kind, text }) => `${kind}: ${text}`), withheld };
  };

  const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
  const reason = "time was short to find out who wrote some lines under the change";
  const withheld = [{ about: "2 lines", text: "", reason }];
  expect(await gather()).toEqual({ told: [], withheld });
  timeout.mockRestore();
  expect(await gather()).toEqual({ told: ["commit: Create", "past-pull: Spell three out (#1)"], withheld: [] });
});
