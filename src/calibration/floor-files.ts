import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { FloorStore, LearntFloors } from "./floors.ts";

/** JSON knows no infinity: null stands for it. */
const floorSchema = z
  .number()
  .nullable()
  .transform((floor) => floor ?? Infinity);
const fileSchema = z.object({
  version: z.literal(1),
  localisation: floorSchema,
  companion: floorSchema,
  commit: z.string(),
  learntAt: z.number(),
});

/** One small file for each repository: DIRECTORY/KEY.floors. What cannot be read is learnt again. */
export function createFloorFiles({ directory }: { directory: string }): FloorStore {
  const fileOf = (key: string): string => join(directory, `${key}.floors`);
  return {
    read(key) {
      try {
        const { version: _version, ...floors } = fileSchema.parse(JSON.parse(readFileSync(fileOf(key), "utf8")));
        return floors;
      } catch {
        return null;
      }
    },
    write(key, floors: LearntFloors) {
      const file = fileOf(key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify({ version: 1, ...floors }));
      renameSync(`${file}.new`, file);
    },
  };
}
