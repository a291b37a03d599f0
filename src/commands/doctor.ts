import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { type Home, prepareHome } from "../config/home.ts";
import { loadSettings, readServerFile } from "../config/server-config.ts";
import { loadKernel } from "../engram/kernel/load-kernel.ts";
import { modelDoctor, type DoctorRow } from "../model/doctor.ts";
import { findSandbox } from "../sandbox/find-sandbox.ts";
import type { SandboxSettings } from "../sandbox/sandbox.ts";
import { ExitCode, messageOf } from "../shared/errors.ts";
import { appRows } from "./doctor-app.ts";
import { portRow, proxyRows, redisRows } from "./doctor-service.ts";
import { table } from "./format.ts";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("look at this machine: what is there, what is missing, and what to do about it")
    .option("--json", "print JSON")
    .option("--offline", "look at this machine alone: ask neither GitHub nor a proxy nor Redis")
    .addHelpText(
      "after",
      `
Examples:
  assistant doctor                    every check, and below them what to do
  assistant doctor --offline --json   without the network, for a report

Exit code: 0 nothing is missing, 1 something is. What is only a note works without.`,
    )
    .action(doctor);
}

/** Nothing has to be done: both kernels give the same answers. */
const buildKernel = `The native one searches about twice as fast. With a C++ compiler: node ${fileURLToPath(new URL("../../native/build.mjs", import.meta.url))}`;

async function doctor(options: { json?: boolean; offline?: boolean }): Promise<void> {
  const { home, models, implement } = loadSettings();
  const { kernel, reason } = loadKernel();
  const rows: DoctorRow[] = [
    ...(await modelDoctor(home.models, models)),
    {
      name: "kernel",
      state: "ok",
      value: `${kernel.name}: ${reason}`,
      remedy: kernel.name === "js" ? buildKernel : null,
    },
    await sandboxRow(implement),
    homeRow(home),
    ...(await serviceRows(home, options.offline ?? false)),
  ];
  const ok = rows.every(({ state }) => state !== "missing");
  process.exitCode = ok ? ExitCode.fine : ExitCode.no;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ok, checks: rows })}\n`);
    return;
  }
  process.stdout.write(table(rows.map(({ name, state, value }) => [name, state, value])));
  process.stdout.write(whatToDo(rows));
}

/** Each remedy once, what is missing first; what is only a note can stay as it is. */
export function whatToDo(rows: readonly DoctorRow[]): string {
  const missing = remediesOf(rows.filter(({ state }) => state === "missing"));
  const notes = remediesOf(rows.filter(({ state }) => state !== "missing"));
  return [
    missing.length === 0 ? "\nNothing is missing.\n" : `\nMissing:\n${missing.join("")}`,
    notes.length === 0 ? "" : `\nIf you want them (everything else works without):\n${notes.join("")}`,
  ].join("");
}

function remediesOf(rows: readonly DoctorRow[]): string[] {
  const remedies = new Set(rows.flatMap(({ remedy }) => remedy ?? []));
  return [...remedies].map((remedy) => {
    const names = rows.filter((row) => row.remedy === remedy).map(({ name }) => name);
    return `  ${names.join(", ")}: ${remedy}\n`;
  });
}

/** What `assistant serve` needs besides. Whatever is asked over the network is asked at once. */
async function serviceRows(home: Home, offline: boolean): Promise<DoctorRow[]> {
  const { github, server, jobs } = readServerFile(home, process.env);
  const rows = await Promise.all([
    proxyRows(process.env, offline),
    appRows(github, offline),
    // Without an app nothing serves.
    github.app_id === undefined ? [] : portRow(server),
    redisRows(jobs.queue, offline),
  ]);
  return rows.flat();
}

/** Only what is implemented runs a repository's commands; without a sandbox everything else works. */
async function sandboxRow(settings: SandboxSettings): Promise<DoctorRow> {
  const found = await findSandbox(settings);
  if (found.description !== null) return { name: "sandbox", state: "ok", value: found.description, remedy: null };
  return { name: "sandbox", state: "note", value: `none: ${found.reason}`, remedy: found.remedy };
}

/** Looks without creating it: the first run decides whose folder it becomes. */
function homeRow(home: Home): DoctorRow {
  const row: DoctorRow = { name: "home", state: "ok", value: home.root, remedy: null };
  if (!existsSync(home.root)) return { ...row, state: "note", value: `${home.root}, created when it is needed` };
  try {
    prepareHome(home);
    return row;
  } catch (error) {
    const remedy = "Set ASSISTANT_HOME to a folder that this user may write to.";
    return { ...row, state: "missing", value: messageOf(error), remedy };
  }
}
