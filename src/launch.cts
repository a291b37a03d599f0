#!/usr/bin/env node
/**
 * Start of the command line, in CommonJS on purpose: the size of libuv's thread pool is read when the pool starts, and an
 * ES module's imports have started it before its first line runs (seen on Node 20). Models compute on that pool, so with
 * the default of four threads a file read can wait for seconds behind a prompt.
 */
const cores = process.getBuiltinModule("node:os").availableParallelism();
process.env["UV_THREADPOOL_SIZE"] ??= String(Math.max(16, cores + 8));

void import("./cli.ts").then(({ main }) => main(process.argv));
