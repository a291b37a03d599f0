import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, dirname } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * The rules that keep the house easy to walk through (AGENTS.md). A stage may import itself, shared/, config/, and PORT or
 * TYPE files of other stages; back ends are named in services.ts alone; only the entries know the command line.
 */
const src = join(import.meta.dirname, "..", "src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => /\.c?ts$/.test(path));
const stages = [
  "intake",
  "jobs",
  "workspace",
  "engram",
  "history",
  "tracker",
  "knowledge",
  "retrieval",
  "calibration",
  "tasks",
  "orchestration",
  "model",
  "qualification",
  "publish",
  "feedback",
  "sandbox",
  "edits",
  "observe",
  "dashboard",
];
/** Pure functions on vectors, made for those who keep or compare them. */
const algebra = /^engram\/algebra\//;
/** Files that put stages together; everything else is a stage or serves all of them. */
const composition = /^(services|pipeline|run-job|cli|launch|server|app)\.c?ts$|^(handlers|commands|api)\//;

const stageOf = (path: string): string => path.split("/")[0] ?? "";
const isContract = (path: string): boolean =>
  /^\/\*\*[\s*]*(?:PORT|TYPE FILE)\b/.test(readFileSync(join(src, path), "utf8"));

const read = (path: string): string => readFileSync(join(src, path), "utf8");

function importsOf(path: string): string[] {
  return found(path, /(?:from|import)\s*\(?\s*"(\.[^"]+)"/g);
}

/** What is loaded with a file: types are not, nor what is imported on demand. */
function loadedBy(path: string): string[] {
  return found(path, /^(?:import|export) (?!type\b)[^"']*?from "(\.[^"]+)"/gm);
}

function found(path: string, specifier: RegExp): string[] {
  return Array.from(read(path).matchAll(specifier), ([, name = ""]) => relative(src, join(src, dirname(path), name)));
}

describe("architecture", () => {
  it("lets a stage import only itself, shared, config and contracts of other stages", () => {
    const offences: string[] = [];
    for (const path of files) {
      if (!stages.includes(stageOf(path))) continue;
      for (const target of importsOf(path)) {
        const stage = stageOf(target);
        if (stage === stageOf(path) || stage === "shared" || stage === "config") continue;
        if (stages.includes(stage) && isContract(target)) continue;
        if (algebra.test(target)) continue;
        // What calibration judges is what retrieval finds.
        if (stageOf(path) === "calibration" && stage === "retrieval") continue;
        // Tasks put retrieval to use, ask calibration what may be said, and apply what a model wrote: that is their work.
        if (stageOf(path) === "tasks" && ["retrieval", "calibration", "edits"].includes(stage)) continue;
        // A model is measured with the very prompts and checks that the tasks use.
        if (stageOf(path) === "qualification" && ["tasks", "retrieval"].includes(stage)) continue;
        offences.push(`${path} imports ${target}`);
      }
    }
    expect(offences).toEqual([]);
  });

  it("keeps shared and config free of stages", () => {
    const offences = files
      .filter((path) => ["shared", "config"].includes(stageOf(path)))
      .flatMap((path) => importsOf(path).map((target) => ({ path, target })))
      .filter(({ target }) => stages.includes(stageOf(target)) && !isContract(target));
    expect(offences).toEqual([]);
  });

  it("names every file that composes stages", () => {
    const others = files.filter((path) => !["shared", "config", ...stages].includes(stageOf(path)));
    expect(others.filter((path) => !composition.test(path))).toEqual([]);
  });

  it("lets only what answers events import the app", () => {
    const importers = files.filter((path) => importsOf(path).includes("app.ts"));
    expect(
      importers.filter((path) => !["commands/run-server.ts", "commands/run-action.ts", "services.ts"].includes(path)),
    ).toEqual([]);
  });

  it("does not load Probot for the command line, which would take as long again as all the rest", () => {
    const loaded = new Set(["services.ts"]);
    for (const path of loaded) for (const next of loadedBy(path)) loaded.add(next);
    expect([...loaded].filter((path) => /^import (?!type).* from "probot"/m.test(read(path)))).toEqual([]);
    expect(loaded.size).toBeGreaterThan(100);
  });

  it("keeps files short enough to read", () => {
    // The table of caps is read by searching in it.
    const long = files
      .filter((path) => path !== "shared/limits.ts")
      .filter((path) => readFileSync(join(src, path), "utf8").split("\n").length > 400);
    expect(long).toEqual([]);
  });

  it("names only files that exist in its documents", () => {
    const root = join(src, "..");
    const decisions = readdirSync(join(root, "docs/decisions")).map((name) => `docs/decisions/${name}`);
    const missing = ["AGENTS.md", "README.md", "docs/architecture.md", "docs/engram.md", "docs/models.md", ...decisions]
      .flatMap((page) => [
        ...readFileSync(join(root, page), "utf8").matchAll(/`((?:src|test|docs|fixtures)\/[\w./-]+)`/g),
      ])
      .map(([, path]) => path ?? "")
      .filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  it("writes every cap in one table", () => {
    const table = readFileSync(join(src, "shared/limits.ts"), "utf8");
    const entries = [...table.matchAll(/^ {2}(\w+):/gm)].map((match) => match[1] ?? "");
    const unused = entries.filter(
      (name) => !files.some((path) => readFileSync(join(src, path), "utf8").includes(`limits.${name}`)),
    );
    expect(unused).toEqual([]);
  });
});
