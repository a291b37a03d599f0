import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { CaseAnswer } from "./answer.ts";
import { casesVersion } from "./cases-version.ts";
import type { KnownAnswer } from "./qualify-model.ts";
import { promptsVersion } from "./versions.ts";

const lineSchema = z.object({
  id: z.string(),
  answered: z.boolean(),
  said: z.boolean(),
  right: z.boolean(),
  probability: z.number().nullable(),
  text: z.string(),
});

export interface UnfinishedRun {
  /** By the id of the case. */
  known: Map<string, KnownAnswer>;
  keep(answer: CaseAnswer): void;
  /** Forgets the answers: the record has them now. */
  done(): void;
}

/**
 * Answers of a model as they come in, so that a run that is cut off can be gone on with: DIRECTORY/SHA256.answers, a line
 * each below one that names the cases and prompts. It allows nothing; answers to others are thrown away.
 */
export function openUnfinishedRun(directory: string, sha256: string): UnfinishedRun {
  const file = join(directory, `${sha256}.answers`);
  const heading = JSON.stringify({ cases: casesVersion, prompts: promptsVersion() });
  const known = readAnswers(file, heading);
  mkdirSync(directory, { recursive: true });
  const lineOf = (id: string, answer: KnownAnswer): string => `${JSON.stringify({ id, ...answer })}\n`;
  // Written anew, because the last line may be half a line.
  writeFileSync(file, `${heading}\n${[...known].map(([id, answer]) => lineOf(id, answer)).join("")}`);
  return {
    known,
    keep({ case: given, ...answer }) {
      appendFileSync(file, lineOf(given.id, answer));
    },
    done: () => rmSync(file, { force: true }),
  };
}

function readAnswers(file: string, heading: string): Map<string, KnownAnswer> {
  const [first, ...lines] = readText(file).split("\n");
  if (first !== heading) return new Map();
  return new Map(
    lines.flatMap((line) => {
      const { success, data } = lineSchema.safeParse(parsed(line));
      if (!success) return [];
      const { id, ...answer } = data;
      return [[id, answer] as const];
    }),
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
