import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { createMemoryQueue } from "../../src/jobs/memory-queue.ts";
import { openSqliteQueue } from "../../src/jobs/sqlite-queue.ts";
import { queueSuite } from "./queue-suite.ts";

const folder = mkdtempSync(join(tmpdir(), "queue-"));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true }));

queueSuite("sqlite", () => openSqliteQueue(join(folder, `${++files}.db`)));
queueSuite("memory", () => createMemoryQueue());
