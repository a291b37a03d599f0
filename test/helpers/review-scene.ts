import { repositoryConfigSchema } from "../../src/config/repository-config.ts";
import { layChangeOver } from "../../src/engram/lay-change-over.ts";
import { createMemoryEngramStore } from "../../src/engram/memory-engram-store.ts";
import { createUnitParser } from "../../src/engram/units/tree-sitter-parser.ts";
import { openPast } from "../../src/handlers/remember.ts";
import type { Past } from "../../src/retrieval/past.ts";
import type { ReviewInput } from "../../src/tasks/review/review-input.ts";
import { openLocalClone } from "../../src/workspace/local-clone.ts";
import { findMergeBase, readChange } from "../../src/workspace/read-change.ts";
import type { TestRepository } from "./git-repository.ts";
import { createPastStores } from "./past-stores.ts";

const units = createUnitParser();

/** What a review of the branch that is checked out against `main` is made of: real git, real stores. */
export async function reviewInputOf(
  repository: TestRepository,
  more: Partial<ReviewInput> & { recalled?: Partial<Past>; settings?: unknown } = {},
): Promise<ReviewInput> {
  const { recalled, settings = {}, ...rest } = more;
  const workspace = await openLocalClone(repository.dir);
  const head = repository.git("rev-parse", "HEAD");
  const base = await findMergeBase(repository.dir, repository.git("rev-parse", "main"), head);
  const change = await readChange(repository.dir, base, head);
  const { engram } = await createMemoryEngramStore().update("k", workspace.gitDir, base);
  const { signal } = new AbortController();
  const stores = createPastStores();
  const request = { key: "k", gitDir: workspace.gitDir, commit: base, defaultCommit: base, learn: true, signal };
  const past = await openPast(request, stores);
  return {
    subject: null,
    asked: false,
    workspace,
    change,
    view: await layChangeOver(engram, change, workspace.gitDir),
    past: { ...past, ...recalled },
    units,
    others: [],
    engramCommit: base,
    config: repositoryConfigSchema.parse(settings),
    startedAt: Date.now(),
    signal,
    progress: () => {},
    ...rest,
  };
}
