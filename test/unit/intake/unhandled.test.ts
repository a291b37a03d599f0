import { expect, it } from "vitest";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";
import { issueStateId, unhandledIssues, unhandledPulls } from "../../../src/intake/unhandled.ts";
import { limits } from "../../../src/shared/limits.ts";

const hour = 60 * 60_000;
const place = {
  repository: { host: "github.com", owner: "acme", name: "shop" },
  installationId: 7,
  installedAt: Date.now() - 40 * 24 * hour,
};
const { config } = parseRepositoryConfig("mode: auto\n");
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const issue = { number: 4, title: "Totals", body: "are wrong", state: "open", created_at: ago(hour) };
const pull = {
  number: 3,
  title: "Totals",
  state: "open",
  draft: false,
  created_at: ago(hour),
  labels: [],
  user: { login: "ann", type: "User" },
  head: { sha: "a".repeat(40) },
  base: { ref: "main" },
};

it("finds an issue in each of its states once, by what it says", () => {
  const [found] = unhandledIssues([issue], place, config);
  expect(found).toMatchObject({ job: { kind: "triage", number: 4, onlyIfChanged: true } });
  // What a triage notes once it has seen this state.
  expect(found?.id).toBe(issueStateId("github.com/acme/shop", 4, { title: "Totals", body: "are wrong" }));
  const [edited] = unhandledIssues([{ ...issue, body: "are right" }], place, config);
  expect(edited?.id).not.toBe(found?.id);
  expect(unhandledIssues([{ ...issue, body: "are <!-- hidden -->wrong" }], place, config)[0]?.id).toBe(found?.id);
});

it.each([
  ["closed", { state: "closed" }],
  ["a pull request", { pull_request: {} }],
  ["older than the installation", { created_at: ago(41 * 24 * hour) }],
  ["older than is looked back", { created_at: ago((limits.reconcileIssueDays + 1) * 24 * hour) }],
])("leaves an issue alone that is %s", (_name, changes) => {
  expect(unhandledIssues([{ ...issue, ...changes }], place, config)).toEqual([]);
});

it("finds a pull request whose head was not reviewed, unless it is paused, filtered or older than the installation", () => {
  const notesOf = (reviewed: string | null, paused = false) => ({ read: () => ({ reviewed, paused }) as never });
  const found = (changes: object, reviewed: string | null = null, paused = false) =>
    unhandledPulls([{ ...pull, ...changes }], place, config, notesOf(reviewed, paused)).map(
      ({ isHandled }) => isHandled?.() ?? false,
    );

  expect(found({})).toEqual([false]);
  expect(found({}, `${"b".repeat(40)} main`)).toEqual([false]);
  expect(found({}, `${pull.head.sha} main`)).toEqual([true]);
  expect(found({}, null, true)).toEqual([true]);
  expect(found({ draft: true })).toEqual([]);
  expect(found({ state: "closed" })).toEqual([]);
  expect(found({ created_at: ago(41 * 24 * hour) })).toEqual([]);
});
