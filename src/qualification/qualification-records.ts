import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ability, ModelIdentity, Qualification } from "../model/model.ts";
import { casesVersion } from "./cases-version.ts";
import { type AbilityRecord, type QualificationRecord, recordSchema } from "./record.ts";
import { shippedRecords } from "./records/shipped-records.ts";
import { promptsVersion } from "./versions.ts";

export interface QualificationRecords {
  /** Whether a model may be quoted in public for an ability, by the record of its SHA-256. Reads the record each time. */
  qualified(identity: ModelIdentity, ability: Ability): Qualification;
  /** This machine's own record, else the one that ships with the program; null where nobody measured the file. */
  recordOf(sha256: string): QualificationRecord | null;
  /**
   * Keeps a record; what an earlier one says of other abilities and repositories stays, and a quick figure does not replace
   * a full one. Written whole, so that a reader never sees half a file.
   * @returns the record as it is now kept
   */
  save(record: QualificationRecord): QualificationRecord;
}

export interface QualificationRecordsOptions {
  /** Holds one file a model, SHA256.json. */
  directory: string;
  /** Records that ship with the program; others in tests. */
  shipped?: readonly QualificationRecord[];
}

export function openQualificationRecords(options: QualificationRecordsOptions): QualificationRecords {
  const { directory, shipped = shippedRecords } = options;
  const fileOf = (sha256: string): string => join(directory, `${sha256}.json`);

  const own = (sha256: string): QualificationRecord | null => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) return null;
    try {
      return recordSchema.parse(JSON.parse(readFileSync(fileOf(sha256), "utf8")));
    } catch {
      // What cannot be read allows nothing, and is measured again.
      return null;
    }
  };
  const shippedOf = (sha256: string): QualificationRecord | null =>
    shipped.find((record) => record.sha256 === sha256) ?? null;

  return {
    qualified({ name, sha256 }, ability) {
      if (sha256 === null) {
        return no(`nothing tells which weights ${name} has, so that no measurement can be held against them`);
      }
      const records = [own(sha256), shippedOf(sha256)].filter((record) => record !== null);
      if (records.length === 0) return no("it has not been measured");
      const current = records.filter(isCurrent);
      const found = current.map((record) => abilityOf(record, ability)).find((entry) => entry !== undefined);
      if (found?.allowed) return { allowed: true, reason: reasonOf(found), threshold: found.threshold };
      if (found) return no(reasonOf(found));
      return no(current.length > 0 ? `it has not been measured for ${ability}` : staleness(records));
    },
    recordOf: (sha256) => own(sha256) ?? shippedOf(sha256),
    save(record) {
      const earlier = own(record.sha256);
      const kept = earlier && isCurrent(earlier) && isCurrent(record) ? merged(earlier, record) : record;
      mkdirSync(directory, { recursive: true });
      const file = fileOf(record.sha256);
      writeFileSync(`${file}.${process.pid}.new`, `${JSON.stringify(kept, null, 2)}\n`);
      renameSync(`${file}.${process.pid}.new`, file);
      return kept;
    },
  };
}

function no(reason: string): Qualification {
  return { allowed: false, reason };
}

/** Whether a record was made with the cases and prompts of this version. */
function isCurrent({ cases, prompts }: QualificationRecord): boolean {
  return cases === casesVersion && prompts === promptsVersion();
}

function abilityOf({ abilities }: QualificationRecord, ability: Ability): AbilityRecord | undefined {
  return abilities.find((entry) => entry.ability === ability);
}

function reasonOf({ reason, quick }: AbilityRecord): string {
  return quick ? `${reason}, by a quick measurement` : reason;
}

function staleness(records: readonly QualificationRecord[]): string {
  const what = records.some(({ cases }) => cases === casesVersion) ? "prompts" : "cases";
  return `it was measured with the ${what} of another version and has to be measured again`;
}

function merged(earlier: QualificationRecord, record: QualificationRecord): QualificationRecord {
  const stays = (old: AbilityRecord): boolean => {
    const fresh = abilityOf(record, old.ability);
    return fresh === undefined || (fresh.quick && !old.quick);
  };
  const kept = earlier.abilities.filter(stays);
  const fresh = record.abilities.filter(({ ability }) => !kept.some((old) => old.ability === ability));
  const repositories = new Set(record.repositories.map(({ repository }) => repository));
  return {
    ...record,
    abilities: [...kept, ...fresh],
    tokensPerSecond: record.tokensPerSecond ?? earlier.tokensPerSecond,
    repositories: [
      ...earlier.repositories.filter(({ repository }) => !repositories.has(repository)),
      ...record.repositories,
    ],
  };
}
