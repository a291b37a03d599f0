import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CaseAnswer } from "../../../src/qualification/answer.ts";
import { qualificationCases } from "../../../src/qualification/cases/all-cases.ts";
import { openUnfinishedRun } from "../../../src/qualification/unfinished-run.ts";

const sha256 = "c3".repeat(32);

function answer(index: number): CaseAnswer {
  const given = qualificationCases[index];
  if (!given) throw new Error("no such case");
  return {
    case: given,
    answered: true,
    said: true,
    right: index % 2 === 0,
    probability: 0.25,
    text: `answer ${index}`,
  };
}

describe("a run that is not finished", () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "unfinished-"));
    file = join(directory, `${sha256}.answers`);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("is gone on with where it was", () => {
    const run = openUnfinishedRun(directory, sha256);
    expect(run.known.size).toBe(0);
    run.keep(answer(0));
    run.keep(answer(1));
    const { known } = openUnfinishedRun(directory, sha256);
    const { case: given, ...rest } = answer(1);
    expect(known.get(given.id)).toEqual(rest);
    expect(known.size).toBe(2);
  });

  it("loses at most the answer that it was writing when it was killed", () => {
    openUnfinishedRun(directory, sha256).keep(answer(0));
    appendFileSync(file, '{"id":"label-spam","answ');
    const run = openUnfinishedRun(directory, sha256);
    expect(run.known.size).toBe(1);
    run.keep(answer(1));
    expect(openUnfinishedRun(directory, sha256).known.size).toBe(2);
  });

  it("is begun anew where cases or prompts are others now", () => {
    openUnfinishedRun(directory, sha256).keep(answer(0));
    writeFileSync(file, readFileSync(file, "utf8").replace(/"cases":"\w+"/, '"cases":"0123456789ab"'));
    expect(openUnfinishedRun(directory, sha256).known.size).toBe(0);
  });

  it("leaves nothing behind once it is finished", () => {
    const run = openUnfinishedRun(directory, sha256);
    run.keep(answer(0));
    run.done();
    expect(existsSync(file)).toBe(false);
  });
});
