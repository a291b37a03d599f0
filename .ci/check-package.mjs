/**
 * Packs the program, installs the tarball with an empty home in the two ways of docs/releases.md (unpacked with its lock file,
 * and by `npm install` in an empty folder), and uses it as somebody would who has nothing else.
 *
 *     node .ci/check-package.mjs [TARBALL [SBOM]]     without a tarball it is packed first (npm pack, which builds)
 *
 * SBOM: a file for the list of all packages that came along with their versions, licences and checksums, as CycloneDX.
 *
 * Needs the package registry. Exit code: 0 where all of it worked.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), "package-"));
const home = join(work, "home");
mkdirSync(home);
try {
  const tarball = process.argv[2] ? resolve(process.argv[2]) : pack();
  checkContents(tarball);
  const unpacked = unpack(tarball);
  checkInstalled(join(unpacked, "node_modules"));
  use(unpacked, [process.execPath, join(unpacked, "dist", "launch.cjs")]);
  buildKernel(unpacked);

  const folder = install(tarball);
  checkInstalled(join(folder, "node_modules"));
  use(folder, ["npx", "assistant"]);
  listPackages(folder);
  say("every step worked");
} finally {
  rmSync(work, { recursive: true, force: true });
}

function pack() {
  run("npm", ["pack", "--pack-destination", work], { cwd: root });
  const name = readdirSync(work).find((file) => file.endsWith(".tgz"));
  expect(!existsSync(join(root, "npm-shrinkwrap.json")), "the lock file of the package is gone again");
  return join(work, name);
}

function checkContents(tarball) {
  const files = run("tar", ["-tzf", tarball], { cwd: work }).stdout.trim().split("\n");
  say(`${files.length} files, ${megabytes(statSync(tarball).size)} packed`);
  for (const wanted of ["LICENSE", "THIRD-PARTY-NOTICES.txt", "npm-shrinkwrap.json", "app.yml", "dist/launch.cjs"])
    expect(files.includes(`package/${wanted}`), `it holds ${wanted}`);
  const strange = files.filter((file) =>
    /^package\/(?:test|bench|fixtures|native\/build\/|src)|\.map$|\.tsbuildinfo$/.test(file),
  );
  expect(strange.length === 0, `it holds nothing that is not needed ${strange.slice(0, 3).join(" ")}`);
}

/** With the very versions that were tested. */
function unpack(tarball) {
  run("tar", ["-xzf", tarball], { cwd: work });
  const folder = join(work, "package");
  timed("npm ci --omit=dev", () => npm(["ci", "--omit=dev"], folder));
  return folder;
}

/** In a folder where nothing is, without the optional packages but those of this machine: they hold the programs. */
function install(tarball) {
  const folder = join(work, "empty");
  mkdirSync(folder);
  const args = ["install", "--omit=optional", tarball, ...platformPackages()];
  timed(`npm ${args.join(" ")}`, () => npm(args, folder));
  return folder;
}

function platformPackages() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const names = {
    "linux-x64": ["@libsql/linux-x64-gnu", "@node-llama-cpp/linux-x64"],
    "linux-arm64": ["@libsql/linux-arm64-gnu", "@node-llama-cpp/linux-arm64"],
    "darwin-x64": ["@libsql/darwin-x64", "@node-llama-cpp/mac-x64"],
    "darwin-arm64": ["@libsql/darwin-arm64", "@node-llama-cpp/mac-arm64-metal"],
  }[`${process.platform}-${process.arch}`];
  return names.map((name) => `${name}@${packages[`node_modules/${name}`].version}`);
}

function npm(args, cwd) {
  run("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], { cwd, env: emptyHome() });
}

function timed(what, work) {
  const started = Date.now();
  work();
  say(`${what}: ${Math.round((Date.now() - started) / 1000)} s`);
}

function checkInstalled(modules) {
  const bytes = 1024 * Number(run("du", ["-sk", modules], {}).stdout.split("\t")[0]);
  say(`installed: ${megabytes(bytes)}`);
  // The GPU binaries alone are 600 MB; of links to their stand-ins nothing is there.
  expect(bytes < 450e6, "no GPU binary was installed");
  const names = readdirSync(modules);
  expect(!["vitest", "oxlint", "tsx"].some((name) => names.includes(name)), "no tool of the build was installed");
}

function use(folder, [command, ...before]) {
  const assistant = (...args) => run(command, [...before, ...args], { cwd: folder, env: emptyHome() }, [0, 1]);
  say(`version ${assistant("--version").stdout.trim()}`);
  const { ok, checks } = JSON.parse(assistant("doctor", "--offline", "--json").stdout);
  expect(checks.length > 5, `doctor looks at the machine (ok: ${ok})`);

  const engram = join(folder, "hono.engram");
  assistant("ingest", "-i", join(folder, "node_modules", "hono"), "-e", engram);
  const { stdout } = assistant("query", "-e", engram, "--text", "cookie signature", "-k", "3", "--json");
  expect(JSON.parse(stdout).hits.length === 3, "an engram answers");
  assistant("verify", "-e", engram);

  const review = assistant("review", "--repo", cloneWithChange(folder), "--json", "--no-model").stdout;
  expect(review.includes("dangling-reference"), "a review finds a name that is removed and still used");
}

/** By npm, of what it has installed; in the clone it cannot, because of the stand-ins for GPU packages. */
function listPackages(folder) {
  const { stdout } = run("npm", ["sbom", "--sbom-format", "cyclonedx"], { cwd: folder, env: emptyHome() });
  const { components } = JSON.parse(stdout);
  const listed = components.map(({ name, version }) => `${name}@${version}`);
  const { name, version, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lacking = Object.keys(dependencies).filter((wanted) => !listed.some((one) => one.startsWith(`${wanted}@`)));
  expect(listed.includes(`${name}@${version}`) && lacking.length === 0, `${listed.length} packages are listed`);
  if (process.argv[3]) writeFileSync(process.argv[3], stdout);
}

function buildKernel(folder) {
  const { stdout } = run(process.execPath, [join(folder, "native", "build.mjs")], { cwd: folder, env: emptyHome() });
  say(stdout.trim());
}

/** A repository in which a branch removes a function that is still used. */
function cloneWithChange(folder) {
  const repository = join(folder, "clone");
  mkdirSync(repository);
  const git = (...args) =>
    run("git", ["-c", "user.name=A", "-c", "user.email=a@example.com", ...args], { cwd: repository, env: emptyHome() });
  const write = (name, text) => writeFileSync(join(repository, name), text);
  git("init", "--quiet", "--initial-branch=main");
  write(
    "money.ts",
    "export function parseMoney(text: string): number {\n  return Math.round(Number(text) * 100);\n}\n",
  );
  write("import.ts", 'import { parseMoney } from "./money.ts";\n\nexport const total = parseMoney("12.50");\n');
  git("add", ".");
  git("commit", "--quiet", "-m", "Money");
  git("switch", "--quiet", "-c", "change");
  write("money.ts", "export const currency = 'EUR';\n");
  git("commit", "--quiet", "-am", "Only a currency");
  return repository;
}

/** Nobody's home, and of this machine only how its registry is reached, with what was downloaded before. */
function emptyHome() {
  const passed = Object.entries(process.env).filter(([name]) =>
    /^(PATH|npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$)/i.test(name),
  );
  const settings = { npm_config_userconfig: npmSetting("userconfig"), npm_config_cache: npmSetting("cache") };
  return { ...Object.fromEntries(passed), ...settings, HOME: home };
}

function npmSetting(name) {
  return spawnSync("npm", ["config", "get", name], { encoding: "utf8", cwd: work }).stdout.trim();
}

function run(command, args, options, fine = [0]) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, ...options });
  if (fine.includes(result.status)) return result;
  throw new Error(`${command} ${args.join(" ")}: exit code ${result.status}\n${result.stdout}\n${result.stderr}`);
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function expect(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
  say(`  ${what}`);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
