import { describe, expect, it } from "vitest";
import { isSupported } from "../../../src/tasks/triage/worth-naming.ts";

describe("isSupported", () => {
  const suspect = (...lists: [string, number][]): Parameters<typeof isSupported>[0] =>
    ({ contributions: lists.map(([list, rank]) => ({ list, rank, share: 0.1 })), searchScore: 0.5 }) as Parameters<
      typeof isSupported
    >[0];

  it.each([
    ["the text names the file", true, suspect(["named in the text", 9])],
    ["a stack trace does", true, suspect(["stack trace", 3])],
    ["no other file shares more words", true, suspect(["title", 1])],
    ["code and commit messages agree", true, suspect(["code", 7], ["messages of files", 3])],
    ["only two looks at its code", false, suspect(["code", 2], ["code without paths", 2])],
    ["only habits", false, suspect(["last change", 1], ["usual kind, each", 1], ["walk from code", 1])],
    ["nothing", false, suspect()],
  ])("where %s: %s", (_, supported, one) => expect(isSupported(one, 0.5)).toBe(supported));

  it("asks for the floor where the text names nothing", () => {
    expect(isSupported(suspect(["title", 1]), 0.51)).toBe(false);
    expect(isSupported(suspect(["named in the text", 9]), Infinity)).toBe(true);
  });
});
