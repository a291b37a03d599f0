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

  it.each([
    ["somebody asked", { ...readAll, asked: true }],
    ["related code was found", { ...readAll, sheet: [evidence] }],
    ["a file was not read", { coverage: coverage([{ path: "a.bin", reason: "binary" }]) }],
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
