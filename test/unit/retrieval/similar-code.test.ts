import { describe, expect, it } from "vitest";
import { keepResolving } from "../../../src/retrieval/citation.ts";
import { findSimilarCode } from "../../../src/retrieval/similar-code.ts";
import { repositoryKey } from "../../../src/shared/repository.ts";
import { temporaryRepository, viewOf } from "./scenario.ts";

const BACKOFF =
  "export function backoff(attempt) {\n  return Math.min(maximumDelay, initialDelay * 2 ** attempt);\n}\n";
const HALF = "export function delay(attempt) {\n  return initialDelay * attempt;\n}\n";
const library = { host: "github.com", owner: "acme", name: "library" };

async function twoRepositories() {
  const own = temporaryRepository();
  own.write("src/client.ts", HALF);
  const commit = own.commit("Base");
  const other = temporaryRepository();
  other.write("src/client.ts", BACKOFF);
  const otherCommit = other.commit("Base");
  const view = await viewOf(own, commit);
  const others = [{ repository: library, view: await viewOf(other, otherCommit), citeCommit: () => otherCommit }];
  const query = { text: BACKOFF, k: 5, paths: false, citeCommit: () => commit };
  return { own, other, view, others, query };
}

describe("similar code of other repositories", () => {
  it("says where it stands, and resolves there alone, where that is allowed", async () => {
    const { own, other, view, others, query } = await twoRepositories();

    const found = findSimilarCode(view, { ...query, others });

    expect(found.map(({ repository, score }) => [repository, score])).toEqual([
      [library, 1],
      [undefined, expect.closeTo(0.5, 0.2)],
    ]);
    expect(await keepResolving(own.dir, found)).toEqual([found[1]]);
    const otherRepositories = new Map([[repositoryKey(library), other.dir]]);
    expect(await keepResolving(own.dir, found, { otherRepositories })).toEqual(found);
  });

  it("is not hidden by a place of the same name in the own repository, nor by its own filter", async () => {
    const { view, others, query } = await twoRepositories();
    const exclude = [{ path: "src/client.ts", startLine: 1, endLine: 3 }];

    const found = findSimilarCode(view, { ...query, exclude, filter: () => false, others });
    expect(found.map(({ repository }) => repository)).toEqual([library]);
  });

  it("is not searched where none is given", async () => {
    const { view, query } = await twoRepositories();

    expect(findSimilarCode(view, query).map(({ repository }) => repository)).toEqual([undefined]);
    expect(findSimilarCode(view, { ...query, others: [] })).toEqual(findSimilarCode(view, query));
  });

  it("keeps to the number of places that was asked for", async () => {
    const { view, others, query } = await twoRepositories();

    expect(findSimilarCode(view, { ...query, k: 1, others })).toHaveLength(1);
  });
});
