/**
 * A process of its own that syncs a tracker, to be killed. Argument: the tracker's folder. Prints `p` before each page is
 * handed out and `d` when it is done.
 */
import { createSqliteTrackerStore } from "../../../src/tracker/sqlite-tracker-store.ts";
import { fakeGitHub } from "../../helpers/tracked-records.ts";
import { killedKey, manyRecords } from "./many-records.ts";

const store = createSqliteTrackerStore({ directory: process.argv[2] ?? "" });
const before = (): void => void process.stdout.write("p");
await store.sync(killedKey, fakeGitHub({ ...manyRecords(), before }).source);
process.stdout.write("d");
