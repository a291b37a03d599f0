import { expect, it } from "vitest";
import { describeConfigChange } from "../../../src/config/config-change.ts";
import { parseRepositoryConfig } from "../../../src/config/repository-config.ts";
import { limits } from "../../../src/shared/limits.ts";

function describeChange(before: string | null, after: string | null): string {
  return describeConfigChange(parseRepositoryConfig(before), parseRepositoryConfig(after), after === null);
}

it("names each key whose value changes in effect", () => {
  const text = describeChange("mode: mention\n", "mode: auto\nreview:\n  drafts: true\n  labels: {never: [wip]}\n");

  expect(text).toContain("its text is valid. In effect:");
  expect(text.split("\n").filter((line) => line.startsWith("- "))).toEqual([
    "- `mode`: `mention` → `auto`",
    "- `review.drafts`: `false` → `true`",
    '- `review.labels.never`: `[]` → `["wip"]`',
  ]);
  expect(text).toContain("Until it is merged, the file on the base branch counts.");
});

it("says where nothing changes", () => {
  expect(describeChange(null, "mode: mention # as ever\n")).toContain("Nothing changes in effect.");
});

it("says what holds once the file is gone", () => {
  expect(describeChange("mode: auto\n", null)).toMatch(/removes `\.github\/assistant\.yml`[^]*`auto` → `mention`/);
});

it("says what is wrong with the new text, and in which line", () => {
  const text = describeChange("mode: auto\n", "mode: auto\n\nmax: 3\n");

  expect(text).toContain("line 3: max is not a known key");
  expect(text).not.toContain("→");
});

it("compares with the defaults where the old text was not valid", () => {
  expect(describeChange("mode: [", "mode: auto\n")).toContain("- `mode`: `mention` → `auto`");
});

it("keeps the names of labels inside their code", () => {
  const text = describeChange(null, 'review:\n  size_labels: {"a` @team `\\n\\n# b": 3}\n');

  expect(text.split("\n").filter((line) => line.startsWith("- "))).toEqual([
    "- `review.size_labels.a' @team ' # b`: `nothing` → `3`",
  ]);
});

it("keeps values inside their code, and short", () => {
  const label = `a\`b @team`;
  const text = describeChange(null, `review:\n  labels: {only: ["${label}"]}\n  ignore: ["${"x".repeat(190)}"]\n`);

  expect(text).toContain('`["a\'b @team"]`');
  expect(text).toContain(`${"x".repeat(limits.configValueCharacters - 2)}…\``);
});

it("lists no more than a few", () => {
  const review = "{enabled: false, drafts: true, bots: true, check: true, max_comments: 1, precision: 0.9}";
  const lines = describeChange(null, `mode: auto\nreview: ${review}\n`).split("\n");
  expect(lines.filter((line) => line.startsWith("- "))).toHaveLength(7);
});
