/**
 * Packs the program, installs the tarball in an empty folder with an empty home, and uses it as somebody would who has
 * nothing else.
 *
 *     node .ci/check-package.mjs [TARBALL]     without a tarball it is packed first (npm pack, which builds)
 *
 * Needs the package registry. Exit code: 0 where all of it worked.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), "package-"));
const [folder, home] = [join(work, "empty"), join(work, "home")];
try {
  const tarball = process.argv[2] ? resolve(process.argv[2]) : pack();
  checkContents(tarball);
  const installed = install(tarball);
  checkInstalled(installed);
  use(installed);
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

function install(tarball) {
  for (const path of [folder, home]) mkdirSync(path);
  const name = tarball.split("/").at(-1);
  cpSync(tarball, join(folder, name));
  const started = Date.now();
  const { stderr } = run("npm", ["install", "--no-audit", "--no-fund", `./${name}`], { cwd: folder, env: emptyHome() });
  say(`npm install ./${name}: ${Math.round((Date.now() - started) / 1000)} s\n${stderr.trim()}`);
  return join(folder, "node_modules", "engram-assistant");
}

function checkInstalled(installed) {
  const kilobytes = run("du", ["-sk", join(folder, "node_modules")], {}).stdout.split("\t")[0];
  say(`installed: ${megabytes(kilobytes * 1024)}`);
  const names = run(
    "find",
    [join(folder, "node_modules"), "-maxdepth", "5", "-type", "d", "-name", "*cuda*"],
    {},
  ).stdout;
  expect(names.trim() === "", "no GPU binary was installed");
  const modules = readdirSync(join(installed, "node_modules"));
  expect(
    !["typescript", "vitest", "oxlint"].some((name) => modules.includes(name)),
    "no tool of the build was installed",
  );
}

function use(installed) {
  const assistant = (...args) => run("npx", ["assistant", ...args], { cwd: folder, env: emptyHome() }, [0, 1]);
  say(`version ${assistant("--version").stdout.trim()}`);
  const { ok, checks } = JSON.parse(assistant("doctor", "--offline", "--json").stdout);
  expect(Array.isArray(checks) && checks.length > 5, `doctor looks at the machine (ok: ${ok})`);
  say(`kernel: ${checks.find(({ name }) => name === "kernel").value}`);

  assistant("ingest", "-i", join(installed, "docs"), "-e", "docs.engram");
  const { stdout } = assistant("query", "-e", "docs.engram", "--text", "webhook secret", "-k", "3", "--json");
  expect(JSON.parse(stdout).hits.length > 0, "an engram answers");
  assistant("verify", "-e", "docs.engram");

  const review = JSON.parse(assistant("review", "--repo", cloneWithChange(), "--json", "--no-model").stdout);
  const found = JSON.stringify(review);
  expect(found.includes("dangling-reference"), "a review finds a name that is removed and still used");

  run(process.execPath, [join(installed, "native", "build.mjs")], { cwd: folder, env: emptyHome() });
  const again = JSON.parse(assistant("doctor", "--offline", "--json").stdout);
  say(`kernel after native/build.mjs: ${again.checks.find(({ name }) => name === "kernel").value}`);
}

/** A repository in which a branch removes a function that is still used. */
function cloneWithChange() {
  const repository = join(work, "clone");
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
