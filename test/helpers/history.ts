import type { History } from "../../src/history/history.ts";
import { createMemoryHistoryStore } from "../../src/history/memory-history-store.ts";
import type { TestRepository } from "./git-repository.ts";

/** The past of a commit, `HEAD` by default. */
export async function historyOf(repository: TestRepository, revision = "HEAD"): Promise<History> {
  const commit = repository.git("rev-parse", revision);
  const { index } = await createMemoryHistoryStore().update("test", repository.dir, [commit]);
  return index.at(commit);
}
