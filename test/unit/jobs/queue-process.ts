/**
 * A process of its own for the tests of the SQLite queue: `accept FILE` accepts jobs until it is killed and prints the
 * number of each one after the acknowledgement; `claim FILE NAME` claims and completes all there are and prints their ids;
 * `fill FILE` accepts jobs, each line of its input one more at least, prints each number, and with a minus sign the first
 * one of a line that was refused; `lock FILE MS` holds the lock for writing so long, and prints 1 once it has it.
 */
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { openSqliteQueue } from "../../../src/jobs/sqlite-queue.ts";
import { reviewJob } from "../../helpers/jobs.ts";

const [verb, file = "", worker = ""] = process.argv.slice(2);
if (verb === "lock") {
  const db = new Database(file);
  db.exec("BEGIN IMMEDIATE");
  writeSync(1, "1\n");
  await sleep(Number(worker));
  db.exec("COMMIT");
  db.close();
  process.exit(0);
}
const queue = openSqliteQueue(file);
if (verb === "fill") {
  let number = 1;
  writeSync(1, "0\n");
  for await (const most of createInterface(process.stdin)) {
    for (let left = Number(most); left > 0; left--) {
      try {
        await queue.accept({ id: `d${number}`, event: "pull_request" }, [reviewJob(number)]);
      } catch {
        writeSync(1, `-${number}\n`);
        break;
      }
      writeSync(1, `${number++}\n`);
    }
  }
  process.exit(0);
}
if (verb === "accept") {
  for (let number = 1; ; number++) {
    await queue.accept({ id: `d${number}`, event: "pull_request" }, [reviewJob(number)]);
    // Straight to the pipe: what is printed has left this process before the next accept.
    writeSync(1, `${number}\n`);
  }
}
for (let next = await queue.claim(worker); next; next = await queue.claim(worker)) {
  writeSync(1, `${next.id}\n`);
  await queue.complete(next.id, worker);
}
await queue.close();
