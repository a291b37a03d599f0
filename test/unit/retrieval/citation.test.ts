import { describe, expect, it } from "vitest";
import { keepResolving, resolveCitation, resolves } from "../../../src/retrieval/citation.ts";
import type { Citation, Evidence } from "../../../src/retrieval/evidence.ts";
import { temporaryRepository } from "./scenario.ts";

function evidence(citation: Citation, text: string): Evidence {
  return { kind: "similar-code", citation, score: 1, why: "", text };
}

function repositoryWithFile() {
  const repository = temporaryRepository();
  repository.write("a b/ü.txt", "one\ntwo\r\nthree\n");
  repository.write("bare.txt", "one\ntwo");
  const commit = repository.commit("First line\nwrapped\n\nBody");
  const at = (startLine: number, endLine: number, path = "a b/ü.txt"): Citation => ({
    kind: "code",
    path,
    startLine,
    endLine,
    commit,
  });
  return { repository, commit, at };
}

describe("resolveCitation", () => {
  it("reads lines, subjects and titles", async () => {
    const { repository, commit, at } = repositoryWithFile();
    const texts = [
      at(1, 2),
      at(3, 3),
      at(2, 2, "bare.txt"),
      { kind: "commit", commit, subject: "" } as const,
      { kind: "issue", number: 1, title: "Title", state: "open" } as const,
    ].map((citation) => resolveCitation(repository.dir, citation));

    expect(await Promise.all(texts)).toEqual(["one\ntwo\r", "three", "two", "First line wrapped", "Title"]);
  });

  it("finds nothing behind the end of a file, in another commit, or where a name is no name", async () => {
    const { repository, commit, at } = repositoryWithFile();
    const wrong: Citation[] = [
      at(3, 4),
      at(0, 1),
      at(2, 1),
      at(1, 1, "none.txt"),
      at(1, 1, "a b"),
      at(1, 1, "a\nb"),
      { ...at(1, 1), commit: "f".repeat(40) } as Citation,
      { ...at(1, 1), commit: "HEAD" } as Citation,
      { kind: "commit", commit: repository.git("rev-parse", `${commit}^{tree}`), subject: "" },
    ];
    const texts = await Promise.all(wrong.map((citation) => resolveCitation(repository.dir, citation)));

    expect(texts).toEqual(wrong.map(() => null));
  });
});

describe("keepResolving", () => {
  it("drops what git does not bear out, letter for letter, and keeps the order", async () => {
    const { repository, commit, at } = repositoryWithFile();
    const good = [evidence(at(1, 1), "one"), evidence({ kind: "commit", commit, subject: "x" }, "First line wrapped")];
    const bad = [evidence(at(1, 1), "One"), evidence(at(9, 9), "one"), evidence(at(2, 2), "two")];

    expect(await keepResolving(repository.dir, [bad[0], good[0], bad[1], good[1], bad[2]] as Evidence[])).toEqual(good);
    expect(await resolves(repository.dir, good[0] as Evidence)).toBe(true);
    expect(await resolves(repository.dir, bad[0] as Evidence)).toBe(false);
  });
});
