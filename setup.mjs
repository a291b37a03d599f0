/**
 * Makes a fresh clone ready and runs a command: installs when package-lock.json changed, builds when a source changed.
 *
 *     node setup.mjs                         only set up
 *     node setup.mjs FILE [ARG…]             set up, then run a compiled file
 *     node setup.mjs --tsx FILE [ARG…]       … or a TypeScript file of the test tree
 *     node setup.mjs --bin NAME [ARG…]       … or a program of node_modules/.bin
 *
 * Uses Node alone, because it runs before anything is installed. Speaks on standard error; standard output belongs to the
 * command. Exit code: the command's.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const nodeMinimum = [20, 19, 0];

checkNode();
install();
build();
const [first, ...rest] = process.argv.slice(2);
if (first !== undefined) process.exitCode = await run(first, rest);

function checkNode() {
  const version = process.versions.node.split(".").map(Number);
  const older = nodeMinimum.findIndex((part, i) => version[i] !== part);
  if (older >= 0 && version[older] < nodeMinimum[older]) {
    fail(`Node ${process.versions.node} is too old. Install Node ${nodeMinimum.join(".")} or newer.`);
  }
}

/** npm writes node_modules/.package-lock.json last, so an interrupted install is seen and repeated. */
function install() {
  const stamp = join(root, "node_modules", ".engram-assistant-lock");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const complete = existsSync(join(root, "node_modules", ".package-lock.json"));
  if (complete && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("installing dependencies (about half a minute) …");
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  step(command, [...args, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci");
  writeFileSync(stamp, wanted);
}

function build() {
  step(process.execPath, [join(root, "native", "build.mjs")], "the native build");
  const stamp = join(root, "dist", ".built");
  const sources = [join(root, "src"), join(root, "tsconfig.json"), join(root, "tsconfig.build.json")];
  if (existsSync(stamp) && Math.max(...sources.map(newest)) < statSync(stamp).mtimeMs) return;
  rmSync(join(root, "dist"), { recursive: true, force: true });
  step(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], "tsc");
  writeFileSync(stamp, "");
}

/** Newest modification time below a path: folders count too, so that a deleted file is seen. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function run(first, rest) {
  const bin = (name) => join(root, "node_modules", ".bin", name);
  if (first === "--bin") return wait(bin(rest[0]), rest.slice(1), root);
  if (first === "--tsx") return wait(process.execPath, ["--import", "tsx", ...rest], root);
  // npm changes to the package's folder; a person who says --repo . means the folder that npm was called in.
  return wait(process.execPath, [join(root, first), ...rest], process.env.INIT_CWD ?? process.cwd());
}

/**
 * Ends when the command has ended, and not before: a terminal sends Ctrl-C to both, and the prompt must not come back while
 * the command still closes its files. A supervisor's SIGTERM reaches only us and is handed on.
 */
function wait(command, args, cwd) {
  const child = spawn(command, args, { stdio: "inherit", cwd });
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve) => {
    child.on("error", (error) => fail(error.message));
    child.on("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

function step(command, args, name) {
  const result = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) fail(`${name} failed${result.error ? `: ${result.error.message}` : ""}`);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(2);
}
