/**
 * A process of its own for the tests of the SQLite queue: `accept FILE` accepts jobs until it is killed and prints the
 * number of each one after the acknowledgement; `claim FILE NAME` claims and completes all there are and prints their ids.
 */
import { writeSync } from "node:fs";
import { openSqliteQueue } from "../../../src/jobs/sqlite-queue.ts";
import { reviewJob } from "../../helpers/jobs.ts";

const [verb, file = "", worker = ""] = process.argv.slice(2);
const queue = openSqliteQueue(file);
if (verb === "accept") {
  for (let number = 1; ; number++) {
    await queue.accept({ id: `d${number}`, event: "pull_request" }, [reviewJob(number)]);
    // Straight to the pipe: what is printed has left this process before the next accept.
    writeSync(1, `${number}\n`);
  }
}
for (let next = await queue.claim(worker); next; next = await queue.claim(worker)) {
  writeSync(1, `${next.id}\n`);
  await queue.complete(next.id);
}
await queue.close();
