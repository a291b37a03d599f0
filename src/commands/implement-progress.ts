import { oneLine } from "../publish/markdown/escape.ts";
import type { ImplementProgress } from "../tasks/implement/input.ts";
import { terminalProgress } from "./progress.ts";

/** What happens, on standard error: a line for each command that ended, and the running step on a terminal's last line. */
export function implementProgress(stream: NodeJS.WriteStream): {
  onProgress: (progress: ImplementProgress) => void;
  onStep: (line: string) => void;
  end: () => void;
} {
  const line = terminalProgress(stream);
  let round = "";
  function onProgress(progress: ImplementProgress): void {
    if (progress.kind === "round") {
      round = progress.of === 1 ? "" : `, attempt ${progress.round} of ${progress.of}`;
      line(`writing${round}`);
    } else if (progress.kind === "phase") {
      line(progress.state === "begun" ? progress.phase : "");
    } else {
      const { name, ended, ms } = progress.command;
      line("");
      stream.write(`${oneLine(name)}: ${ended} (${(ms / 1_000).toFixed(1)} s)${round}\n`);
    }
  }
  return { onProgress, onStep: (step) => line(oneLine(step)), end: () => line("") };
}
