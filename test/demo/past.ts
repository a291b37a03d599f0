import { join } from "node:path";
import { createCalibrationFiles } from "../../src/calibration/calibration-files.ts";
import { calibrationOf } from "../../src/calibration/calibrate.ts";
import { placeWarning } from "../../src/calibration/place-warning.ts";
import { table } from "../../src/commands/format.ts";
import { repositoryKey, type RepositoryId } from "../../src/shared/repository.ts";
import { limits } from "../../src/shared/limits.ts";
import type { ReportPast } from "./report-data.ts";

/** What the repository's own past pull requests say of each kind of finding, from the assistant's own files. */
export function readPast(home: string, repository: RepositoryId): ReportPast {
  const store = createCalibrationFiles({ directory: join(home, "history") });
  const judgements = store.read(repositoryKey(repository));
  if (judgements === null) return { pulls: 0, rows: [] };
  const calibration = calibrationOf(judgements);
  const rows = calibration.rows.map((row) => {
    const place = placeWarning(calibration, { ...row, precision: limits.inlinePrecision });
    const { kind, band, right, warnings, chance, lower } = row;
    return { kind, band, right, warnings, chance, lower, stands: verdicts[place?.placement ?? "unknown"] };
  });
  return { pulls: calibration.pulls, rows };
}

const verdicts = {
  inline: "on its lines",
  summary: "in the summary",
  nowhere: "nowhere",
  unknown: "too few to tell",
};

export function pastLines({ pulls, rows }: ReportPast): string {
  const cells = rows.map(({ kind, band, right, warnings, chance, lower, stands }) => [
    `  ${kind}`,
    band,
    `${right} of ${warnings}`,
    chance === null ? "" : chance.toFixed(2),
    lower.toFixed(2),
    stands,
  ]);
  const heading = ["  finding", "band", "right", "chance", "at least", "stands"];
  return `${pulls} past pull requests judged, each by what became of it:\n${table([heading, ...cells])}`.trimEnd();
}
