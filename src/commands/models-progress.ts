import type { InstallProgress } from "../model/delivery.ts";
import { duration, formatBytes } from "./format.ts";
import { terminalProgress } from "./progress.ts";

const barCells = 20;
/** A rate over this long is steady enough to say how long it will take, and follows a line that becomes slower. */
const rateMs = 5_000;

/**
 * A bar with rate and remaining time, rewritten on a terminal; a line every tenth of the way where the stream is a file.
 * The second function wipes the line.
 */
export function installProgress(stream: NodeJS.WriteStream): {
  show: (progress: InstallProgress) => void;
  done: () => void;
} {
  const rewrite = terminalProgress(stream);
  const rate = byteRate();
  let shown = "";
  return {
    show(progress) {
      const text = stream.isTTY
        ? progressLine(progress, rate(progress, performance.now()))
        : `${progress.step} from ${progress.source}${tenth(progress)}`;
      if (stream.isTTY) rewrite(text);
      else if (text !== shown) stream.write(`${text}\n`);
      shown = text;
    },
    done: () => rewrite(""),
  };
}

/** `[█████░░░░░] 25 % of 4.7 GB, 12 MB/s, 5 min left, from the model hub`. `bytesPerSecond` is null until it is known. */
export function progressLine(
  { source, step, bytes, totalBytes }: InstallProgress,
  bytesPerSecond: number | null,
): string {
  if (step !== "downloading") return `${step} what came from ${source}`;
  const rate = bytesPerSecond === null ? [] : [`${formatBytes(bytesPerSecond)}/s`];
  if (totalBytes === null) return [formatBytes(bytes), ...rate, `from ${source}`].join(", ");
  const share = Math.min(1, bytes / totalBytes);
  const filled = Math.floor(share * barCells);
  const bar = `[${"█".repeat(filled)}${"░".repeat(barCells - filled)}]`;
  const left = bytesPerSecond ? [`${duration((totalBytes - bytes) / bytesPerSecond)} left`] : [];
  return [`${bar} ${Math.floor(share * 100)} % of ${formatBytes(totalBytes)}`, ...rate, ...left, `from ${source}`].join(
    ", ",
  );
}

/** Bytes a second over the last seconds of one step; null at its begin. */
function byteRate(): (progress: InstallProgress, nowMs: number) => number | null {
  let step = "";
  let samples: { bytes: number; ms: number }[] = [];
  return ({ source, step: name, bytes }, ms) => {
    const key = `${source} ${name}`;
    if (key !== step || bytes < (samples.at(-1)?.bytes ?? 0)) samples = [];
    step = key;
    samples.push({ bytes, ms });
    while (samples.length > 2 && ms - (samples[0]?.ms ?? ms) > rateMs) samples.shift();
    const first = samples[0];
    if (first === undefined || ms - first.ms < 500) return null;
    return ((bytes - first.bytes) / (ms - first.ms)) * 1000;
  };
}

function tenth({ step, bytes, totalBytes }: InstallProgress): string {
  return step === "downloading" && totalBytes ? `: ${Math.floor((bytes / totalBytes) * 10) * 10} %` : "";
}
