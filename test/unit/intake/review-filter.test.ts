import { expect, it } from "vitest";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";
import { type FilteredPull, whyNotUnasked } from "../../../src/intake/review-filter.ts";

const pull: FilteredPull = {
  draft: false,
  title: "Filter orders by their total",
  labels: ["enhancement"],
  author: { login: "maren-ok", isBot: false },
  targetBranch: "main",
};

function reason(change: Partial<FilteredPull>, review = ""): string | null {
  const { config, problem } = parseRepositoryConfig(`review:\n  enabled: true\n${review}`);
  expect(problem).toBeNull();
  return whyNotUnasked({ ...pull, ...change }, config);
}

it("lets a person's finished pull request through", () => {
  expect(reason({})).toBeNull();
});

it("keeps drafts back, unless they are wanted", () => {
  expect(reason({ draft: true })).toBe("a draft");
  expect(reason({ draft: true }, "  drafts: true\n")).toBeNull();
});

it.each([
  { login: "dependabot[bot]", isBot: true },
  { login: "renovate[bot]", isBot: false },
  { login: "Renovate-Bot", isBot: false },
  { login: "Copilot", isBot: true },
])("keeps pull requests of $login back, unless bots are wanted", (author) => {
  expect(reason({ author })).toBe(`opened by the bot ${author.login}`);
  expect(reason({ author }, "  bots: true\n")).toBeNull();
});

it("takes nobody for a bot because of a name alone", () => {
  expect(reason({ author: { login: "talbot", isBot: false } })).toBeNull();
  expect(reason({ author: { login: "", isBot: false } })).toBeNull();
});

it.each(["WIP: rates", "[wip] rates", "rates (WIP)", "wip", "rates [skip review]", "x[SKIP REVIEW]y"])(
  "keeps %j back",
  (title) => {
    expect(reason({ title })).not.toBeNull();
  },
);

it.each(["Wipe the disk", "The swip test", "WIP_FLAG is gone", "wipé", "skip review", ""])(
  "lets %j through",
  (title) => {
    expect(reason({ title })).toBeNull();
  },
);

it("finds a word after a place where it is only a part", () => {
  expect(reason({ title: "swipe, wip" })).toBe("WIP in its title");
});

it("reads any title where the list is empty", () => {
  expect(reason({ title: "WIP" }, "  title_ignore: []\n")).toBeNull();
});

it("goes by labels, whatever their case", () => {
  const labels = "  labels: {only: [ready, urgent], never: [Generated]}\n";
  expect(reason({ labels: [] }, labels)).toBe("none of the labels ready, urgent");
  expect(reason({ labels: ["Ready"] }, labels)).toBeNull();
  expect(reason({ labels: ["urgent", "generated"] }, labels)).toBe("the label Generated");
});

it("goes by the base branch", () => {
  const branches = "  branches: [main, 'release/**']\n";
  expect(reason({}, branches)).toBeNull();
  expect(reason({ targetBranch: "release/2/1" }, branches)).toBeNull();
  expect(reason({ targetBranch: "maintenance" }, branches)).toBe("it goes into maintenance");
});
