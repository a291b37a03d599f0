import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { warningKinds } from "./bands.ts";
import type { CalibrationStore } from "./calibration.ts";

/** By pull request. */
export const judgedSchema = z.array(
  z.tuple([
    z.string(),
    z.array(
      z.object({
        kind: z.enum(warningKinds),
        band: z.string(),
        pull: z.int(),
        path: z.string(),
        right: z.boolean(),
        chance: z.number().nullable(),
      }),
    ),
  ]),
);

const fileSchema = z.object({
  version: z.literal(1),
  commit: z.string(),
  learntAt: z.number(),
  complete: z.boolean(),
  judged: judgedSchema,
});

/** One file for each repository: DIRECTORY/KEY.calibration. What cannot be read is judged again. */
export function createCalibrationFiles({ directory }: { directory: string }): CalibrationStore {
  const fileOf = (key: string): string => join(directory, `${key}.calibration`);
  return {
    read(key) {
      try {
        const { version: _version, judged, ...rest } = fileSchema.parse(JSON.parse(readFileSync(fileOf(key), "utf8")));
        return { ...rest, judged: new Map(judged) };
      } catch {
        return null;
      }
    },
    write(key, { judged, ...rest }) {
      const file = fileOf(key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify({ version: 1, ...rest, judged: [...judged] }));
      renameSync(`${file}.new`, file);
    },
  };
}
