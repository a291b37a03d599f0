import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findOwners } from "../../../src/retrieval/owners.ts";
import { historyOf } from "../../helpers/history.ts";
import { temporaryRepository } from "./scenario.ts";

/** One commit to `a.ts` for each author, the oldest first; a day lies between two. */
function writtenBy(...authors: string[]) {
  const repository = temporaryRepository();
  for (const [index, author] of authors.entries()) {
    repository.write("a.ts", `${index}\n`);
    repository.commit(`Commit ${index}`, { author, date: new Date(Date.UTC(2024, 0, 1 + index)).toISOString() });
  }
  return repository;
}

async function ownersOf(...authors: string[]): Promise<string[]> {
  return findOwners(await historyOf(writtenBy(...authors)), ["a.ts"], 10).map(({ why }) => why);
}

describe("findOwners", () => {
  it("names people by their commits, with the newest one there", async () => {
    const repository = writtenBy("Ada L <ada@x.org>", "Bob <bob@x.org>", "Ada L <ada@x.org>");
    repository.write("b.ts", "1\n");
    repository.commit("Elsewhere", { author: "Eve <eve@x.org>" });

    const found = findOwners(await historyOf(repository), ["a.ts"], 10);

    expect(found.map(({ kind, text, why }) => [kind, text, why])).toEqual([
      ["owner", "Commit 2", "Ada L wrote 2 of the 3 commits here, the last on 2024-01-03"],
      ["owner", "Commit 1", "Bob wrote 1 of the 3 commits here, the last on 2024-01-02"],
    ]);
    expect(found[0]?.score).toBeCloseTo(2 / 3, 3);
    expect(found.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 12);
    expect(await keepResolving(repository.dir, found)).toEqual(found);
  });

  it("counts recent commits more", async () => {
    const repository = writtenBy("Old <old@x.org>", "New <new@x.org>");

    const [first] = findOwners(await historyOf(repository), ["a.ts"], 1);

    expect(first?.why).toContain("New wrote 1 of the 2");
  });

  it("knows a person by address and by full name, but not by a first name", async () => {
    expect(
      await ownersOf(
        "alex <alex@two.org>",
        "Ada Lovelace <ada@x.org>",
        "ada  lovelace <ADA@home.org>",
        "Ada L <ada@home.org>",
        "alex <alex@one.org>",
      ),
    ).toEqual([
      "Ada L wrote 3 of the 5 commits here, the last on 2024-01-04",
      "alex wrote 1 of the 5 commits here, the last on 2024-01-05",
      "alex wrote 1 of the 5 commits here, the last on 2024-01-01",
    ]);
  });

  it("leaves out programs", async () => {
    expect(
      await ownersOf(
        "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
        "Renovate Bot <bot@renovateapp.com>",
        "semantic-release-bot <x@y.org>",
        "GitHub Actions <x@y.org>",
        "Abbot Smith <abbot@x.org>",
      ),
    ).toEqual(["Abbot Smith wrote 1 of the 1 commit here, the last on 2024-01-05"]);
  });

  it("tells no address, not even of who has it as a name", async () => {
    const owners = await ownersOf("ada@secret.org <ada@secret.org>", "@secret.org <x@secret.org>");

    expect(owners.join()).not.toContain("secret");
    expect(owners.map((why) => why.replace(/ wrote.*/, ""))).toEqual(["somebody without a name", "ada"]);
  });

  it("counts a commit to two of the files once, and no sweeps", async () => {
    const repository = temporaryRepository();
    for (const path of ["a.ts", "b.ts"]) repository.write(path, "1\n");
    repository.commit("Both", { author: "Ada <ada@x.org>" });
    for (let i = 0; i < 31; i++) repository.write(`page${i}.ts`, "1\n");
    repository.write("a.ts", "2\n");
    repository.commit("Sweep", { author: "Bob <bob@x.org>" });

    const owners = findOwners(await historyOf(repository), ["a.ts", "b.ts"], 10);

    expect(owners.map(({ why }) => why)).toEqual(["Ada wrote 1 of the 1 commit here, the last on 2024-01-01"]);
  });
});
