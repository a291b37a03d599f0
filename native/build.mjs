/**
 * Builds the native kernel (native/build/Release/engram_kernel.node) with nothing but a compiler and what is in
 * node_modules. Where that is not possible, one line says why and the JavaScript kernel, which gives the same answers,
 * is used: not having a compiler is no error. `--force` builds although the addon is newer than its sources.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const addon = join(folder, "build", "Release", "engram_kernel.node");
const require = createRequire(import.meta.url);

if (process.argv.includes("--force") || !isCurrent()) build();

function isCurrent() {
  if (!existsSync(addon)) return false;
  const sources = readdirSync(join(folder, "src")).map((name) => join(folder, "src", name));
  const built = statSync(addon).mtimeMs;
  return [...sources, join(folder, "binding.gyp")].every((file) => statSync(file).mtimeMs < built);
}

function build() {
  const nodeGyp = locate("node-gyp/bin/node-gyp.js") ?? npmsNodeGyp();
  if (nodeGyp === null) return skip("node-gyp is not installed");
  const headers = headersPrefix();
  if (headers === null) return skip(`there are no headers of Node in ${join(nodePrefix(), "include", "node")}`);
  for (const tool of ["python3", "make", process.env["CXX"] ?? "c++"]) {
    if (process.platform !== "win32" && !runs(tool)) return skip(`${tool} was not found`);
  }
  // --nodedir keeps node-gyp from downloading headers: those beside the running Node are the right ones.
  const args = [nodeGyp, "rebuild", `--directory=${folder}`, `--nodedir=${headers}`, "--loglevel=error"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status === 0) return console.log("native kernel: built");
  console.error(`${stdout}${stderr}`);
  return skip("the compiler failed, as printed above");
}

function skip(reason) {
  console.log(`native kernel: not built, the JavaScript kernel will be used (${reason})`);
}

function locate(name) {
  try {
    return require.resolve(name);
  } catch {
    return null;
  }
}

/** npm brings one along, for where this package is installed without its tools. */
function npmsNodeGyp() {
  const modules =
    process.platform === "win32" ? join(nodePrefix(), "node_modules") : join(nodePrefix(), "lib", "node_modules");
  const file = join(modules, "npm", "node_modules", "node-gyp", "bin", "node-gyp.js");
  return existsSync(file) ? file : null;
}

function nodePrefix() {
  return process.platform === "win32" ? dirname(process.execPath) : dirname(dirname(process.execPath));
}

function headersPrefix() {
  return existsSync(join(nodePrefix(), "include", "node", "node_api.h")) ? nodePrefix() : null;
}

function runs(tool) {
  return spawnSync(tool, ["--version"], { stdio: "ignore" }).status === 0;
}
