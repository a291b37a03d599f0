import { describe, expect, it } from "vitest";
import { createDryRunPublisher, type DryRunPublisher } from "../../../src/publish/dry-run-publisher.ts";
import { codeEvidence, coverage, finding, repository, review, triage } from "./samples.ts";

function publisher(): DryRunPublisher {
  return createDryRunPublisher({ repository });
}

describe("a review that found nothing", () => {
  const readAll = { coverage: coverage([]) };
  const evidence = codeEvidence("src/a.ts", "const a = 1;");

  it("writes nothing unasked", async () => {
    const dry = publisher();
    expect(await dry.publish(review([], readAll))).toMatchObject({ summary: "none" });
    expect(dry.payloads).toEqual([]);
  });

  it("writes nothing unasked where it knows no more than who wrote this", async () => {
    const owner = { ...evidence, kind: "owner" as const };
    expect(await publisher().publish(review([], { ...readAll, sheet: [owner] }))).toMatchObject({ summary: "none" });
  });

  it.each([
    "binary",
    "submodule: 1a2b3c4d5e6f → 6f5e4d3c2b1a",
    "lock file (its path)",
    "generated (.gitattributes)",
    "ignored by .github/assistant.yml",
  ])("writes nothing unasked where all that was not read is %s", async (reason) => {
    expect(await publisher().publish(review([], { coverage: coverage([{ path: "a", reason }]) }))).toMatchObject({
      summary: "none",
    });
  });

  it.each([
    ["somebody asked", { ...readAll, asked: true }],
    ["related code was found", { ...readAll, sheet: [evidence] }],
    [
      "something is kept back that people turned down",
      {
        ...readAll,
        withheld: [{ about: "a.ts:1", text: "A title", reason: "turned down", dismissed: { id: "0", pull: 412 } }],
      },
    ],
    ["a limit left a file unread", { coverage: coverage([{ path: "a.ts", reason: "over 1024 KB" }]) }],
    [
      "a new file says that a program wrote it",
      { coverage: coverage([{ path: "a.ts", reason: "generated (its first lines)" }]) },
    ],
  ])("is summed up where %s", async (_, changes) => {
    expect(await publisher().publish(review([], changes))).toMatchObject({ summary: "created" });
  });

  it("updates the summary of an earlier push, which said otherwise", async () => {
    const dry = publisher();
    await dry.publish(review([finding("1", "src/a.ts", { placement: "summary" })], readAll));
    expect(await dry.publish(review([], readAll))).toMatchObject({ summary: "updated" });
  });
});

describe("a triage that found nothing", () => {
  it("writes nothing unasked, answers who asked, and corrects what it said before", async () => {
    const dry = publisher();
    expect(await dry.publish(triage())).toMatchObject({ summary: "none" });
    expect(await dry.publish(triage({ asked: true }))).toMatchObject({ summary: "created" });
    await dry.publish(triage({ suspects: [codeEvidence("src/a.ts", "const a = 1;")] }));
    expect(await dry.publish(triage())).toMatchObject({ summary: "updated" });
  });
});
