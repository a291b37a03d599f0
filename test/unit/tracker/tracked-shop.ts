import { createGitHubTrackerSource } from "../../../src/tracker/github-tracker-source.ts";
import { createMemoryTrackerStore } from "../../../src/tracker/memory-tracker-store.ts";
import type { Tracker, TrackerSource } from "../../../src/tracker/tracker.ts";
import type { KeptTrackerStore } from "../../../src/tracker/tracker-keeper.ts";
import type { Issue } from "../../helpers/github-server/github-server.ts";
import { type Example, startExample } from "../github-server/example.ts";

export const key = "github.com/acme/shop";
export const shopId = { host: "github.com", owner: "acme", name: "shop" };
/** When the server's clock starts. */
export const start = Date.UTC(2026, 0, 1);

/** `acme/shop` with pull request #1 on a GitHub whose clock stands still, a source for it and an empty store. */
export interface TrackedShop extends Example {
  source: TrackerSource;
  store: KeptTrackerStore;
  /** What the store knows by now. */
  tracker(): Tracker;
  numbers(): number[];
  /** Paths of requests so far, with their queries. */
  asked(path: RegExp): string[];
  wait(seconds: number): void;
  /** Opens issues, `each` of them in one second. */
  openIssues(count: number, each?: number): Issue[];
}

export async function startTrackedShop(): Promise<TrackedShop> {
  let clock = start;
  const example = await startExample({ now: () => clock });
  const { github, repository } = example;
  const store = createMemoryTrackerStore();
  github.state.requests.length = 0;
  const tracker = (): Tracker => {
    const open = store.open(key);
    if (!open) throw new Error("nothing was read");
    return open;
  };
  return {
    ...example,
    source: createGitHubTrackerSource(example.octokit, shopId),
    store,
    tracker,
    numbers: () => [...tracker().issues()].map(({ number }) => number),
    asked: (path) => github.state.requests.map((request) => request.path).filter((one) => path.test(one)),
    wait: (seconds) => {
      clock += seconds * 1_000;
    },
    openIssues: (count, each = 1) =>
      Array.from({ length: count }, (_, i) => {
        if (i % each === 0) clock += 1_000;
        return github.openIssue(repository, "bob", { title: `Issue ${i}`, body: `Body ${i}` });
      }),
  };
}
