/**
 * Does what the Dockerfile says, step by step, in empty folders instead of containers, for machines where no container
 * engine runs: COPY takes what .dockerignore lets through, RUN runs, and the service is started as compose.yaml starts it, with
 * the files of a set-up in its volume, and asked by the health check. test/docs/container.test.ts holds the two files against
 * each other and against the program. What only an engine can show stays unchecked: the base images, apt's packages beyond
 * their names, users.
 *
 *     node .ci/check-dockerfile.mjs
 *
 * Exit code: 0 where all of it worked.
 */
import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import {
  cpSync,
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
import { dirname, join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { minimatch } from "minimatch";
import { parse } from "yaml";

const context = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), "dockerfile-"));
const ignored = readFileSync(join(context, ".dockerignore"), "utf8")
  .split("\n")
  .filter((line) => line && line[0] !== "#");
try {
  const image = build(readInstructions());
  check(image);
  await serve(image);
  say("every step worked");
} finally {
  rmSync(work, { recursive: true, force: true });
}

function readInstructions() {
  return readFileSync(join(context, "Dockerfile"), "utf8")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => ({ name: line.split(" ")[0], rest: line.slice(line.indexOf(" ") + 1).trim(), line }));
}

/** Does the instructions of all stages. Returns the last one. */
function build(instructions) {
  const stages = new Map();
  let stage = null;
  for (const { name, rest, line } of instructions) {
    say(line.length > 110 ? `${line.slice(0, 110)} …` : line);
    if (name === "FROM") {
      const called = / AS (\S+)/.exec(rest)?.[1] ?? `stage-${stages.size}`;
      stage = { root: join(work, called), dir: "/", env: {}, user: "root", packages: [] };
      mkdirSync(stage.root, { recursive: true });
      stages.set(called, stage);
    } else if (name === "WORKDIR") mkdirSync(inside(stage, (stage.dir = rest)), { recursive: true });
    else if (name === "COPY") copy(stage, rest, stages);
    else if (name === "RUN") run(stage, rest);
    else if (name === "ENV") for (const [, key, value] of rest.matchAll(/(\w+)=(\S+)/g)) stage.env[key] = value;
    else if (name === "USER") stage.user = rest;
    else if (name === "HEALTHCHECK") stage.health = JSON.parse(rest.slice(rest.indexOf("[")));
    else if (name === "ENTRYPOINT" || name === "CMD") stage[name.toLowerCase()] = JSON.parse(rest);
    else if (!["VOLUME", "EXPOSE"].includes(name)) throw new Error(`not known here: ${line}`);
  }
  return stage;
}

/** Where a path of the container lies. */
function inside({ root, dir }, path) {
  return join(root, resolve(dir, path));
}

function copy(stage, rest, stages) {
  const words = rest.split(/\s+/);
  const from = /^--from=(\S+)/.exec(words[0])?.[1];
  const paths = from ? words.slice(1) : words;
  const target = paths.pop();
  for (const path of paths) {
    const source = from ? inside(stages.get(from), path) : join(context, path);
    if (!existsSync(source)) throw new Error(`COPY ${path}: there is no such file`);
    const to = target.endsWith("/") ? join(inside(stage, target), path.split("/").at(-1)) : inside(stage, target);
    const filter = (file) => from !== undefined || isSent(relative(context, file));
    cpSync(source, to, { recursive: true, filter, verbatimSymlinks: true });
    if (!existsSync(to)) throw new Error(`COPY ${path}: .dockerignore keeps it back`);
  }
}

/** The last pattern that matches decides; a folder is sent where something in it may be. */
function isSent(path) {
  let sent = true;
  for (const pattern of ignored) {
    const not = pattern.startsWith("!");
    const glob = not ? pattern.slice(1) : pattern;
    if (minimatch(path, glob, { dot: true }) || minimatch(path, `${glob}/**`, { dot: true })) sent = not;
  }
  return sent;
}

function run(stage, command) {
  for (const [, names] of command.matchAll(/apt-get install -y --no-install-recommends ([^&]+)/g)) {
    stage.packages.push(...names.trim().split(/\s+/));
  }
  const rest = command.replace(/apt-get update && apt-get install [^&]+(&& rm -rf \S+)?/, "").trim();
  if (rest === "") return known(stage.packages);
  const here = rest.replaceAll(/(?<=\s)\/(?=\w)/g, `${stage.root}/`);
  const script = `set -e; chown() { :; }; ${here}`;
  const { status } = spawnSync("bash", ["-c", script], {
    cwd: inside(stage, "."),
    stdio: ["ignore", 2, 2],
    env: environment(stage),
  });
  if (status !== 0) throw new Error(`RUN ${command}: exit code ${status}`);
}

/** Debian has packages of these names; asked where apt is at hand. */
function known(packages) {
  for (const name of packages) {
    const { status, error } = spawnSync("apt-cache", ["show", name], { stdio: "ignore" });
    if (error) return;
    if (status !== 0) throw new Error(`there is no package ${name}`);
  }
}

/** Nothing of this process but what every container has, and how the registry is reached. */
function environment({ env, root }) {
  const passed = Object.entries(process.env).filter(([name]) =>
    /^(PATH|HOME|npm_config_|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$)/i.test(name),
  );
  const own = Object.entries(env).map(([name, value]) => [name, value.startsWith("/") ? join(root, value) : value]);
  return Object.fromEntries([...passed, ...own]);
}

function check(image) {
  const modules = readdirSync(join(image.root, "app/node_modules"));
  expect(
    !["typescript", "vitest", "oxlint", "node-gyp"].some((name) => modules.includes(name)),
    "no tool of the build is left",
  );
  expect(!image.packages.some((name) => /^(g\+\+|gcc|make|python3)$/.test(name)), "no compiler is left");
  expect(image.user !== "root", "it does not run as root");
  const bytes = spawnSync("du", ["-sk", join(image.root, "app")], { encoding: "utf8" }).stdout.split("\t")[0];
  say(`the program's folder: ${Math.round(Number(bytes) / 1024)} MB`);
  const [, , node, launch] = image.entrypoint;
  const doctor = spawnSync(node, [join(image.root, launch), "doctor", "--json"], {
    encoding: "utf8",
    env: environment(image),
  });
  const { checks } = JSON.parse(doctor.stdout);
  say(`doctor: ${checks.find(({ name }) => name === "kernel").value}`);
}

/** Starts the service as compose does, with keys that are good for nothing, and asks it as the engine would. */
async function serve(image) {
  const { command, environment: set, volumes } = readCompose();
  const kept = inside({ root: image.root, dir: "/" }, volumes[0].split(":")[1]);
  writeSetUp(kept);
  const program = inside({ root: image.root, dir: "/" }, "app");
  const started = Date.now();
  // The container's own address and port are for nobody else on this machine.
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const env = { ...environment(image), ...set, HOST: "127.0.0.1", PORT: String(port) };
  const [, , node, launch] = image.entrypoint;
  const args = [join(image.root, launch), ...command.split(" ")];
  const child = spawn(node, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((done) => child.on("exit", done));
  try {
    expect(await becomesHealthy(image, env, child), "the health check passes");
    child.kill("SIGTERM");
    expect((await ended) === 0, "SIGTERM ends it with exit code 0");
  } finally {
    child.kill("SIGKILL");
  }
  expect(statSync(join(kept, "jobs.db")).size > 0, "what is kept lies in the volume");
  expect(newest(program) < started, "nothing is written beside it");
}

/** The service of compose.yaml, filled in as where no variable is set: after it was read, as compose does. */
function readCompose() {
  const fill = (_, value) => (typeof value === "string" ? value.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1") : value);
  return parse(readFileSync(join(context, "compose.yaml"), "utf8"), fill).services.assistant;
}

/** What `assistant setup` leaves in the folder that is mounted; its GitHub is none. */
function writeSetUp(folder) {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const lines = [
    "APP_ID=1",
    "PRIVATE_KEY_PATH=app-1.private-key.pem",
    `WEBHOOK_SECRET=${randomBytes(20).toString("hex")}`,
    "GHE_HOST=127.0.0.1:9",
    "GHE_PROTOCOL=http",
  ];
  writeFileSync(join(folder, "app-1.private-key.pem"), privateKey, { mode: 0o600 });
  writeFileSync(join(folder, "app.env"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

/** Newest change below a folder, in ms. */
function newest(folder) {
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, path));
  return Math.max(...paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

async function becomesHealthy({ health }, env, child) {
  const [command, ...args] = health;
  const until = Date.now() + 120_000;
  while (Date.now() < until && child.exitCode === null) {
    await sleep(500);
    if (spawnSync(command, args, { env }).status === 0) return true;
  }
  return false;
}

function expect(holds, what) {
  if (!holds) throw new Error(`not so: ${what}`);
  say(`  ${what}`);
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
