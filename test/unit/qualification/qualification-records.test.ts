import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ModelIdentity } from "../../../src/model/model.ts";
import { catalogueEntry, defaultModelName } from "../../../src/model/catalogue.ts";
import { casesVersion } from "../../../src/qualification/cases-version.ts";
import { openQualificationRecords } from "../../../src/qualification/qualification-records.ts";
import {
  abilities,
  type AbilityRecord,
  type QualificationRecord,
  recordSchema,
} from "../../../src/qualification/record.ts";
import { shippedRecords } from "../../../src/qualification/records/shipped-records.ts";
import { promptsVersion } from "../../../src/qualification/versions.ts";

const sha256 = "a1".repeat(32);
const identity: ModelIdentity = { name: "some-model", sha256, backend: "llama" };

function ability(name: AbilityRecord["ability"], changed: Partial<AbilityRecord> = {}): AbilityRecord {
  return {
    ability: name,
    n: 20,
    right: 20,
    figure: 1,
    lower: 0.92,
    bar: 0.9,
    recall: null,
    allowed: true,
    threshold: null,
    reason: "all is well",
    quick: false,
    when: "2031-01-01T00:00:00.000Z",
    ...changed,
  };
}

function record(changed: Partial<QualificationRecord> = {}): QualificationRecord {
  return {
    version: 1,
    model: "some-model",
    sha256,
    product: "1.0.0",
    cases: casesVersion,
    prompts: promptsVersion(),
    abilities: [ability("wording")],
    tokensPerSecond: 40,
    memoryBytes: null,
    repositories: [],
    ...changed,
  };
}

describe("qualification records", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "records-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const open = (shipped: QualificationRecord[] = []) => openQualificationRecords({ directory, shipped });

  it("allow nothing to a model that nobody measured, or whose weights are not known", () => {
    expect(open().qualified(identity, "wording")).toEqual({ allowed: false, reason: "it has not been measured" });
    expect(open().recordOf(sha256)).toBeNull();
    const remote: ModelIdentity = { name: "remote", sha256: null, backend: "http" };
    expect(open([record()]).qualified(remote, "wording")).toMatchObject({ allowed: false });
    expect(open([record()]).qualified(remote, "wording").reason).toContain("nothing tells which weights remote has");
  });

  it("allow what was measured well enough, and that alone", () => {
    const records = open();
    records.save(record({ abilities: [ability("wording"), ability("review", { allowed: false, reason: "too few" })] }));
    expect(records.qualified(identity, "wording")).toEqual({ allowed: true, reason: "all is well", threshold: null });
    expect(records.qualified(identity, "review")).toEqual({ allowed: false, reason: "too few" });
    expect(records.qualified(identity, "label")).toEqual({
      allowed: false,
      reason: "it has not been measured for label",
    });
    const other = { ...identity, sha256: "b2".repeat(32) };
    expect(records.qualified(other, "wording").allowed).toBe(false);
  });

  it("outlive the process, and leave nothing else in the folder", () => {
    open().save(record());
    expect(readdirSync(directory)).toEqual([`${sha256}.json`]);
    expect(open().recordOf(sha256)).toEqual(record());
  });

  it("take one's own record before the one that ships", () => {
    const records = open([record({ abilities: [ability("wording", { allowed: false, reason: "shipped" })] })]);
    expect(records.qualified(identity, "wording")).toEqual({ allowed: false, reason: "shipped" });
    records.save(record());
    expect(records.qualified(identity, "wording")).toEqual({ allowed: true, reason: "all is well", threshold: null });
  });

  it("take the one that ships where one's own is of another version or lacks the ability", () => {
    const records = open([record({ abilities: [ability("wording", { reason: "shipped" })] })]);
    records.save(record({ cases: "0123456789ab" }));
    expect(records.qualified(identity, "wording").reason).toBe("shipped");
    records.save(record({ abilities: [ability("label")] }));
    expect(records.qualified(identity, "wording").reason).toBe("shipped");
  });

  it("do not count where cases or prompts were others", () => {
    for (const [changed, word] of [
      [{ cases: "0123456789ab" }, "cases"],
      [{ prompts: "0123456789ab" }, "prompts"],
    ] as const) {
      const { allowed, reason } = open([record(changed)]).qualified(identity, "wording");
      expect(allowed).toBe(false);
      expect(reason).toBe(`it was measured with the ${word} of another version and has to be measured again`);
    }
  });

  it("ship for the default model, measured with these very cases and prompts: it is quoted for nothing", () => {
    const known = catalogueEntry(defaultModelName).sha256;
    const own = shippedRecords.find((one) => one.sha256 === known);
    expect(recordSchema.parse(own)).toEqual(own);
    const records = openQualificationRecords({ directory });
    for (const name of abilities) {
      const { allowed, reason } = records.qualified({ name: "smollm2", sha256: known, backend: "llama" }, name);
      expect(allowed).toBe(false);
      expect(reason).not.toMatch(/another version|not been measured/);
    }
  });

  it("say where a figure is a quick one", () => {
    const { reason } = open([record({ abilities: [ability("wording", { quick: true })] })]).qualified(
      identity,
      "wording",
    );
    expect(reason).toBe("all is well, by a quick measurement");
  });

  it("keep what an earlier run measured, and never a quick figure over a full one", () => {
    const records = open();
    records.save(record());
    const kept = records.save(
      record({
        abilities: [ability("wording", { quick: true, allowed: false }), ability("label", { quick: true })],
        tokensPerSecond: null,
      }),
    );
    expect(kept.abilities.map((entry) => [entry.ability, entry.quick])).toEqual([
      ["wording", false],
      ["label", true],
    ]);
    expect(kept.tokensPerSecond).toBe(40);
    expect(records.save(record({ abilities: [ability("label")] })).abilities).toContainEqual(ability("label"));
  });

  it("forget figures of another version", () => {
    const records = open();
    records.save(record({ prompts: "0123456789ab" }));
    expect(records.save(record({ abilities: [ability("label")] })).abilities).toEqual([ability("label")]);
  });

  it("count for nothing where the file is damaged", () => {
    const records = open();
    for (const text of ["", "{", JSON.stringify({ ...record(), abilities: [{ ability: "wording", allowed: true }] })]) {
      writeFileSync(join(directory, `${sha256}.json`), text);
      expect(records.qualified(identity, "wording").allowed).toBe(false);
    }
    records.save(record());
    expect(records.qualified(identity, "wording").allowed).toBe(true);
  });
});
