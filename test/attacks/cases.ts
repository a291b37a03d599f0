import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const caseSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  /** The incident or technique that it is made after. */
  family: z.string(),
  /** Where the text stands. */
  place: z.enum([
    "issue title",
    "issue body",
    "comment",
    "bot comment",
    "question",
    "past issue",
    "past comment",
    "past commit",
    "pull title",
    "pull body",
    "branch",
    "commit message",
    "file name",
    "code",
    "instructions file",
    "configuration",
    "review comment",
    "label",
    "linter report",
    "exported issue",
    "exported comment",
    "model output",
  ]),
  text: z.string().min(1),
  /** What a model writes that does as the text says; the text itself where this is absent. */
  says: z.string().optional(),
  /** Name of the file that the text stands in. */
  file: z.string().optional(),
  /** What it wants. */
  tries: z.string(),
  /** What must not happen, for people; the test asks all of them for all cases. */
  never: z.string(),
});

export type Attack = z.infer<typeof caseSchema>;

const folder = join(import.meta.dirname, "../../fixtures/attacks");

/** Every case of fixtures/attacks. */
export function readAttacks(): Attack[] {
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  return lines.filter((line) => line !== "").map((line) => caseSchema.parse(JSON.parse(line)));
}
