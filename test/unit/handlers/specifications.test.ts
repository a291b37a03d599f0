import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { rememberDocuments, withSpecifications } from "../../../src/handlers/specifications.ts";
import { implementOutcome } from "../publish/samples.ts";

const directory = mkdtempSync(join(tmpdir(), "specifications-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const repository = { host: "github.com", owner: "Octo", name: "Hello" };
const found = (of: typeof repository) =>
  withSpecifications(directory, of, async (source) => (await source?.search("where does counting begin", 3)) ?? null);

it("keeps the documents of a change for the next request of that repository, and of no other", async () => {
  expect(await found(repository)).toBeNull();
  expect(await rememberDocuments(directory, repository, implementOutcome())).toBe(
    "specifications/implemented.github.com.octo.hello",
  );
  expect(await found(repository)).toMatchObject([
    { document: "issue-2-count-from-zero.md", text: expect.stringContaining("Counting begins at **zero**.") },
  ]);
  expect(await found({ ...repository, name: "Hello-2" })).toBeNull();
});
