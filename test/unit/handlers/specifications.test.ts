import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import {
  forgetDocuments,
  rememberDocuments,
  remembersPull,
  withSpecifications,
} from "../../../src/handlers/specifications.ts";
import { implementOutcome } from "../publish/samples.ts";

const directory = mkdtempSync(join(tmpdir(), "specifications-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const repository = { host: "github.com", owner: "Octo", name: "Hello" };
const found = (of: typeof repository) =>
  withSpecifications(directory, of, async (source) => (await source?.search("where does counting begin", 3)) ?? null);

it("keeps the documents of a change for the next request of that repository, and of no other", async () => {
  expect(await found(repository)).toBeNull();
  expect(await rememberDocuments(directory, repository, implementOutcome(), 3)).toBe(
    "specifications/implemented.github.com.octo.hello",
  );
  expect(await found(repository)).toMatchObject([
    { document: "pull-3-count-from-zero.md", text: expect.stringContaining("Counting begins at **zero**.") },
  ]);
  expect(await found({ ...repository, name: "Hello-2" })).toBeNull();
});

it("forgets what a pull request was made by, and not what another one was", async () => {
  await rememberDocuments(directory, repository, implementOutcome({ title: "Another" }), 33);
  await forgetDocuments(directory, repository, 3);
  expect((await found(repository))?.map(({ document }) => document)).toEqual(["pull-33-another.md"]);
  expect(await remembersPull(directory, repository, 3)).toBe(false);
  expect(await remembersPull(directory, repository, 33)).toBe(true);
  await forgetDocuments(directory, repository, 33);
  expect(await found(repository)).toBeNull();
});
