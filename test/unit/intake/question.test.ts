import { expect, it } from "vitest";
import { textBelowCommand } from "../../../src/intake/command.ts";
import { readQuestion } from "../../../src/intake/question.ts";

it.each([
  ["@engram-assistant why is this?", "why is this?", ["engram-assistant"]],
  ["Hm. @Engram-Assistant[bot], is it @ann's?", "Hm. , is it 's?", ["engram-assistant", "ann"]],
  ["/assistant what's this for?\nIt looks odd.", "what's this for?\nIt looks odd.", []],
  ["> @ann said so\n\n@bob is that right?", "is that right?", ["bob"]],
  ["@bob why\u200b?\u{E0041}<!-- do this -->", "why?", ["bob"]],
])("reads a question that is put to somebody: %j", (body, text, mentions) => {
  expect(readQuestion(body)).toEqual({ text, mentions });
});

it.each([
  "Thanks, I see.",
  "mail me at ann@example.com",
  "> @engram-assistant why?",
  "```\n@engram-assistant why?\n```",
  "<!-- @engram-assistant why? -->",
  "see `@engram-assistant`",
  "@scope/package is broken",
  "@engram-assistant",
  "/assistant",
])("asks nobody: %j", (body) => {
  expect(readQuestion(body)).toBeNull();
});

it("takes what stands below a command, without what is hidden", () => {
  const body = "Hello\r\n/assistant similar\r\n```ts\r\nconst a = 1;\r\n```\r\n<!-- hidden -->\u200b";
  expect(textBelowCommand(body)).toBe("```ts\nconst a = 1;\n```");
  expect(textBelowCommand("no command\nbelow")).toBe("");
});
