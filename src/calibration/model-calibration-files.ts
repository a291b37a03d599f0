import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { limits } from "../shared/limits.ts";
import type { ModelCalibrationStore, ModelJudgements } from "./calibration.ts";
import { judgedSchema } from "./calibration-files.ts";

const fileSchema = z.object({ version: z.literal(1), models: z.array(z.tuple([z.string(), judgedSchema])) });

/** One file for each repository: DIRECTORY/KEY.modelcalibration. What cannot be read is judged again. */
export function createModelCalibrationFiles({ directory }: { directory: string }): ModelCalibrationStore {
  const fileOf = (key: string): string => join(directory, `${key}.modelcalibration`);

  function read(key: string): ModelJudgements {
    try {
      const { models } = fileSchema.parse(JSON.parse(readFileSync(fileOf(key), "utf8")));
      return new Map(models.map(([model, judged]) => [model, new Map(judged)]));
    } catch {
      return new Map();
    }
  }

  return {
    read,
    add(key, model, judgement, said) {
      const all = read(key);
      // Those that spoke last, and what they said last.
      const own = new Map([...(all.get(model) ?? [])].filter(([kept]) => kept !== judgement)).set(judgement, said);
      const others = [...all].filter(([name]) => name !== model).slice(1 - limits.calibratedModels);
      const models = [...others, [model, own] as const].map(([name, judged]) => [
        name,
        [...judged].slice(-limits.calibratedPulls),
      ]);
      const file = fileOf(key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify({ version: 1, models }));
      renameSync(`${file}.new`, file);
    },
  };
}
