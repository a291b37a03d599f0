import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openGitHub } from "../../../src/commands/github-client.ts";
import { type ReadSoFar, readWholeTracker } from "../../../src/commands/read-whole-tracker.ts";
import { limits } from "../../../src/shared/limits.ts";
import { createGitHubTrackerSource } from "../../../src/tracker/github-tracker-source.ts";
import { keepPace } from "../../../src/tracker/keep-pace.ts";
import { createMemoryTrackerStore } from "../../../src/tracker/memory-tracker-store.ts";
import { primaryRateLimit, secondaryRateLimit } from "../../helpers/github-server/github-server.ts";
import { type Example, startExample } from "../github-server/example.ts";
import { key, shopId, startTrackedShop, type TrackedShop } from "../tracker/tracked-shop.ts";

let shop: TrackedShop;
let waits: number[];
beforeEach(async () => {
  shop = await startTrackedShop();
  waits = [];
});
afterEach(() => shop.stop());

function read(more: Partial<Parameters<typeof readWholeTracker>[3]> = {}) {
  const options = {
    signal: new AbortController().signal,
    onRead: () => {},
    onWait: () => {},
    sleep: async (ms: number) => void waits.push(ms),
    ...more,
  };
  return readWholeTracker(shop.store, key, shop.source, options);
}

describe("reading a whole tracker", () => {
  test("goes on, sync after sync, until every closed issue was asked what closed it", async () => {
    for (const { number } of shop.openIssues(limits.linksRead + 5))
      shop.github.closeIssue(shop.repository, "ada", number);
    const seen: ReadSoFar[] = [];
    expect(await read({ onRead: (soFar) => seen.push({ ...soFar }) })).toEqual([]);
    expect(shop.numbers()).toHaveLength(limits.linksRead + 6);
    expect(seen.at(-1)?.timelines).toBe(limits.linksRead + 5);
    expect(waits).toEqual([]);
  });

  test.each([
    ["a secondary limit", () => secondaryRateLimit({ match: /comments/, retryAfterSeconds: 900 }), 900_000],
    [
      "an hour that is used up",
      () => primaryRateLimit({ match: /comments/, resetAt: new Date(shop.github.state.now() + 1_800_000) }),
      1_800_000,
    ],
  ])("waits as long as GitHub asks for: %s", async (_name, fault, ms) => {
    shop.openIssues(120);
    shop.github.comment(shop.repository, "ada", 3, "Me too");
    shop.github.failNext(fault());
    const told: string[] = [];
    await read({ onWait: (_until, why) => told.push(why) });
    expect(waits).toHaveLength(1);
    // A loaded machine may take minutes for what came before.
    expect(waits[0]).toBeGreaterThan(ms / 2);
    expect(waits[0]).toBeLessThanOrEqual(ms + 1_000);
    expect(told[0]).toMatch(/rate limit/);
    expect(shop.tracker().comments(3)).toHaveLength(1);
  });

  test("tries a failure of GitHub's again, and gives up on one that stays", async () => {
    shop.openIssues(3);
    shop.github.failNext({ match: /issues\/comments/, status: 502, times: 2 });
    await read();
    expect(waits).toHaveLength(2);
    shop.github.failNext({ match: /issues\?/, status: 502, times: 100 });
    await expect(read()).rejects.toMatchObject({ code: "github-unavailable" });
    // It has not answered since it was asked again: two tries.
    expect(waits).toHaveLength(3);
    shop.github.state.faults.length = 0;
  });

  test("says that credentials are refused", async () => {
    shop.github.failNext({ match: /issues\?/, status: 401, message: "Bad credentials", times: 5 });
    await expect(read()).rejects.toMatchObject({ code: "bad-github-credentials" });
    expect(waits).toEqual([]);
  });

  test("ends when it is told to, and goes on from there", async () => {
    shop.openIssues(250);
    const stop = new AbortController();
    await expect(read({ signal: stop.signal, onRead: () => stop.abort(new Error("enough")) })).rejects.toThrow(
      "enough",
    );
    expect(shop.numbers().length).toBeGreaterThan(0);
    expect(shop.numbers().length).toBeLessThan(250);
    await read();
    expect(shop.numbers()).toHaveLength(251);
  });

  test("names what GitHub does not show", async () => {
    shop.github.failNext({ match: /pulls\/comments/, status: 403, message: "Resource not accessible by integration" });
    expect(await read()).toMatchObject([{ kind: "reviewComments" }]);
  });
});

describe("on a GitHub whose clock goes", () => {
  let example: Example;
  const before = { ...process.env };
  beforeEach(async () => {
    example = await startExample();
  });
  afterEach(async () => {
    process.env = { ...before };
    await example.stop();
  });

  test("a share of the hour is left to others, and the reading goes on when it is over", async () => {
    const { github, installation, octokit, repository } = example;
    const store = createMemoryTrackerStore();
    installation.requestsUsed = 5_000 * (1 - limits.requestsLeftToOthers) - 2;
    const sleep = async (ms: number): Promise<void> => {
      waits.push(ms);
      installation.requestsUsed = 0;
    };
    const { signal } = new AbortController();
    github.openIssue(repository, "bob", { title: "Totals are off", body: "" });
    keepPace(octokit, { signal, onWait: () => {}, sleep });
    const onWait = (): void => {};
    await readWholeTracker(store, key, createGitHubTrackerSource(octokit, shopId), {
      signal,
      onRead: () => {},
      onWait,
    });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThan(0);
    expect(Array.from(store.open(key)?.issues() ?? [])).toHaveLength(2);
  });

  test("access is the token's, else the app's", async () => {
    const { github } = example;
    const { host } = new URL(github.url);
    const settings = { github: { host, protocol: "http" } } as Parameters<typeof openGitHub>[0];
    const id = { host, owner: "acme", name: "shop" };
    for (const name of ["GITHUB_TOKEN", "GH_TOKEN", "APP_ID"]) delete process.env[name];
    await expect(openGitHub(settings, id)).rejects.toMatchObject({ code: "no-github-credentials" });
    const app = { APP_ID: String(github.appId), PRIVATE_KEY: github.privateKey, GHE_HOST: host, GHE_PROTOCOL: "http" };
    Object.assign(process.env, app);
    const { octokit, token } = await openGitHub(settings, id);
    expect((await octokit.rest.issues.listForRepo({ owner: "acme", repo: "shop", state: "all" })).data).toHaveLength(1);
    await expect(openGitHub(settings, { ...id, name: "other" })).rejects.toMatchObject({ code: "not-installed" });
    process.env["GITHUB_TOKEN"] = token;
    expect(await openGitHub(settings, { ...id, name: "other" })).toMatchObject({ token });
  });
});
