/**
 * Builds llama.cpp from the source that node-llama-cpp's package holds, for the processor or GPU at hand. Runs in a process of
 * its own, because what it prints is the compiler's.
 */
import { getLlama } from "node-llama-cpp";

const gpu = process.argv[2] === "auto" ? "auto" : false;
const llama = await getLlama({ gpu, build: "forceRebuild", progressLogs: "stderr" });
await llama.dispose();
