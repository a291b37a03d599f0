import { expect, it } from "vitest";
import { answerText, commands, findCommand, refusalText } from "../../../src/intake/registry.ts";

it("lists in the help what works there, and who may use it", () => {
  for (const place of ["pull", "issue"] as const) {
    const text = answerText("help", place);
    for (const { verb, summary, places, leastRole } of commands) {
      const row = `- \`/assistant ${verb}\`: ${summary} (${leastRole ? `role \`${leastRole}\` or higher` : "everybody"})`;
      expect(text.split("\n").includes(row)).toBe(places.includes(place));
    }
  }
});

it("answers an unknown verb with the nearest one and the help", () => {
  expect(answerText("reveiw", "pull")).toMatch(
    /no command `reveiw`.*`\/assistant review`\?\n\nCommands that work here/,
  );
  expect(answerText("xylophone", "pull")).not.toContain("Did you mean");
});

it("says where a verb works that was used elsewhere", () => {
  expect(answerText("review", "issue")).toContain("`/assistant review` works on pull requests only.");
  expect(answerText("triage", "pull")).toContain("`/assistant triage` works on issues only.");
});

it("names the role in a refusal", () => {
  expect(refusalText(findCommand("review")!)).toContain("`write`");
});
