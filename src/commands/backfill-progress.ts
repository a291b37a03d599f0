import type { ReadSoFar } from "./read-whole-tracker.ts";

export interface BackfillProgress {
  read(soFar: ReadSoFar): void;
  /** Vectors of issues, computed of those that were missing. */
  meanings(done: number, total: number): void;
  wait(until: number, why: string): void;
  /** Wipes the line. */
  end(): void;
}

/** In a log a line now and then is enough to see that it goes on. */
const logEveryMs = 60_000;

/** How far a reading of minutes or hours has come: one line of a terminal, rewritten in place; in a log a line a minute. */
export function openBackfillProgress(stream: NodeJS.WriteStream): BackfillProgress {
  let loggedAt = Date.now();

  function show(line: string, always: boolean): void {
    if (stream.isTTY) stream.write(`\r\u001b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
    else if (always || Date.now() - loggedAt >= logEveryMs) {
      loggedAt = Date.now();
      stream.write(`${line}\n`);
    }
  }

  return {
    read: ({ issues, comments, reviewComments, timelines }) => {
      const links = timelines > 0 ? `, what closed ${timelines} issues` : "";
      show(`read: ${issues} issues and pull requests, ${comments + reviewComments} comments${links} …`, false);
    },
    meanings: (done, total) => show(`reading what issues mean ${done}/${total} …`, false),
    wait: (until, why) => {
      const time = new Date(until).toISOString().slice(11, 19);
      show(`waiting until ${time} UTC (${why.split("\n")[0]}); what was read is kept`, true);
    },
    end: () => {
      if (stream.isTTY) stream.write("\r\u001b[2K");
    },
  };
}
