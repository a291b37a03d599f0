import { describe, expect, it } from "vitest";
import type { EngramView } from "../../../src/engram/engram.ts";
import { isSupported, isWorthNaming } from "../../../src/tasks/triage/worth-naming.ts";

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

describe("isWorthNaming", () => {
  const ask = (path: string, list: string, text: string): boolean => {
    const suspect = { path, contributions: [{ list, rank: 1, share: 0.1 }], searchScore: 0.5 };
    const content = "export function totalOf(orders) {}\ncommands: [triage, review]";
    const known = ["total", "wrong", "customers"];
    const view = { text: () => content, pathsWithToken: (word: string) => (known.includes(word) ? ["src/b.ts"] : []) };
    return isWorthNaming(suspect as unknown as Parameters<typeof isWorthNaming>[0], {
      text,
      view: view as unknown as EngramView,
      floor: 0,
    });
  };

  it.each([
    ["two words of the text stand in it", true, "src/a.ts", "title", "The total of an order is wrong"],
    ["none does, and the past speaks for it", true, "src/a.ts", "title", "Bump the lock file of releases"],
    ["one does, of a text that the repository knows", true, "src/a.ts", "title", "The total is wrong"],
    ["one does, and another one in its path", true, "src/cart.ts", "title", "The cart shows a wrong total"],
    ["one does: the text may be in another language", false, "src/a.ts", "title", "Le total de la commande est faux"],
    ["the text has but one", true, "src/a.ts", "title", "total"],
    ["the text names it", true, "src/a.ts", "named in the text", "Le fichier"],
    [
      "it is this program's own configuration",
      false,
      ".github/assistant.yml",
      "named files",
      "review and triage commands",
    ],
  ])("where %s: %s", (_, expected, path, list, text) => expect(ask(path, list, text)).toBe(expected));
});
