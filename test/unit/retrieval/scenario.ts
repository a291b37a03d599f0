import { onTestFinished } from "vitest";
import type { EngramView } from "../../../src/engram/engram.ts";
import { createMemoryEngramStore } from "../../../src/engram/memory-engram-store.ts";
import { readFileAt } from "../../../src/shared/git-objects.ts";
import type { Change } from "../../../src/workspace/diff.ts";
import { readChange } from "../../../src/workspace/read-change.ts";
import { createRepository, type TestRepository } from "../../helpers/git-repository.ts";

/** Text by path; null removes the file. */
export type Files = Record<string, string | null>;

export interface Scenario {
  repository: TestRepository;
  gitDir: string;
  change: Change;
  base: EngramView;
  /** The change laid over the engram of the base, as in a review. */
  view: EngramView;
  citeCommit: (path: string) => string;
}

/** A repository with a commit of `before` and a change on it, both real. */
export async function createScenario(before: Files, after: Files): Promise<Scenario> {
  const repository = temporaryRepository();
  writeFiles(repository, before);
  const base = repository.commit("Base");
  writeFiles(repository, after);
  const head = repository.commit("Change");
  const change = await readChange(repository.dir, base, head);
  const { engram } = await createMemoryEngramStore().update("scenario", repository.dir, base);
  const overlay = new Map<string, string | null>();
  for (const { path, oldPath, status } of change.files) {
    overlay.set(oldPath, null);
    const content = status === "deleted" ? null : await readFileAt(repository.dir, head, path);
    overlay.set(path, content?.toString("utf8") ?? null);
  }
  return {
    repository,
    gitDir: repository.dir,
    change,
    base: engram,
    view: await engram.overlay(overlay, head),
    citeCommit: (path) => (overlay.has(path) ? head : base),
  };
}

/** Removed when the test ends. */
export function temporaryRepository(): TestRepository {
  const repository = createRepository();
  onTestFinished(() => repository.dispose());
  return repository;
}

function writeFiles(repository: TestRepository, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    if (text === null) repository.remove(path);
    else repository.write(path, text);
  }
}

export async function viewOf(repository: TestRepository, commit: string): Promise<EngramView> {
  return (await createMemoryEngramStore().update("view", repository.dir, commit)).engram;
}
