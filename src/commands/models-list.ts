import { Command } from "commander";
import { loadSettings } from "../config/server-config.ts";
import { catalogue, type CatalogueEntry } from "../model/catalogue.ts";
import { type InstalledModel, installedModels } from "../model/installed.ts";
import { machineFacts, type MachineFacts } from "../model/machine.ts";
import type { Ability } from "../model/model.ts";
import { type Pin, readPin } from "../model/pin.ts";
import { memoryOf } from "../model/recommend.ts";
import { openQualificationRecords } from "../qualification/qualification-records.ts";
import { abilities } from "../qualification/record.ts";
import { formatBytes, table } from "./format.ts";
import { nameOf } from "./named-model.ts";

export function modelsListCommand(): Command {
  return new Command("list")
    .description("models that fit this machine, and what of them is installed")
    .option("--all", "the whole catalogue")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
"check" says what a file is held to: the catalogue's SHA-256, or the one written down when it was first used (pinned).
"qualified" names what a model may say in public; below stands what was measured (assistant models qualify).

Examples:
  assistant models list
  assistant models list --all --json | jq '.[] | select(.installed) | .name'

Exit code: 0 fine, 2 usage or environment, 3 internal error.`,
    )
    .action(list);
}

interface Row {
  name: string;
  title: string;
  roles: readonly string[];
  kind: CatalogueEntry["kind"] | null;
  fillsGaps: boolean;
  quantisation: string | null;
  parameters: number | null;
  activeParameters: number | null;
  contextTokens: number | null;
  bytes: number;
  /** With one request at a time. */
  memoryBytes: number;
  fits: boolean;
  licence: string | null;
  licenceUrl: string | null;
  asksConsent: boolean;
  commercial: boolean | null;
  /** The catalogue knows its SHA-256. */
  verified: boolean;
  /** Its SHA-256 was written down at first use. */
  pinned: boolean;
  sha256: string | null;
  installed: boolean;
  qualifiedFor: string[];
  /** What was measured, for each ability; null where nobody did. */
  measured: { ability: Ability; reason: string }[] | null;
}

async function list(options: { all?: boolean; json?: boolean }): Promise<void> {
  const { home } = loadSettings();
  const machine = await machineFacts();
  const installed = await installedModels(home.models);
  const known = catalogue.map((entry) => ({ entry, model: installed.find((one) => one.entry === entry) }));
  const foreign = installed.filter(({ entry }) => entry === undefined);
  const records = openQualificationRecords({ directory: home.qualification });
  const standing = (name: string, sha256: string | null): Pick<Row, "qualifiedFor" | "measured"> => {
    const found = abilities.map((ability) => ({
      ability,
      ...records.qualified({ name, sha256, backend: "llama" }, ability),
    }));
    return {
      qualifiedFor: found.filter(({ allowed }) => allowed).map(({ ability }) => ability),
      measured:
        sha256 === null || records.recordOf(sha256) === null
          ? null
          : found.map(({ ability, reason }) => ({ ability, reason })),
    };
  };
  const rows: Row[] = [];
  for (const { entry, model } of [...known, ...foreign.map((model) => ({ entry: undefined, model }))]) {
    // A record that cannot be read is named by `verify`.
    const pin = model === undefined ? null : await readPin(model.path).catch(() => null);
    const row = entry === undefined ? foreignRow(model, machine) : catalogueRow(entry, model, machine);
    const sha256 = entry?.sha256 ?? pin?.sha256 ?? null;
    rows.push({ ...row, ...checked(row, pin), sha256, ...standing(row.name, sha256) });
  }
  const shown = options.all ? rows : rows.filter((row) => row.installed || row.fits);
  process.stdout.write(options.json ? `${JSON.stringify(shown)}\n` : render(shown, rows.length - shown.length));
}

type Described = Omit<Row, "pinned" | "sha256" | "qualifiedFor" | "measured">;

function catalogueRow(entry: CatalogueEntry, model: InstalledModel | undefined, machine: MachineFacts): Described {
  const { sources: _, kvBytesPerToken: __, sha256, licence, ...described } = entry;
  return {
    ...described,
    bytes: model?.bytes ?? entry.bytes,
    ...memoryOf(entry, machine),
    licence: licence.name,
    licenceUrl: licence.url,
    asksConsent: licence.asksConsent,
    commercial: licence.commercial,
    verified: sha256 !== null,
    installed: model !== undefined,
  };
}

/** A file that somebody put there. */
function foreignRow(model: InstalledModel, machine: MachineFacts): Described {
  const shape = { bytes: model.bytes, kvBytesPerToken: null, contextTokens: Infinity };
  return {
    name: nameOf(model),
    title: "not in the catalogue",
    roles: [],
    kind: null,
    fillsGaps: false,
    quantisation: null,
    parameters: null,
    activeParameters: null,
    contextTokens: null,
    bytes: model.bytes,
    ...memoryOf(shape, machine),
    licence: null,
    licenceUrl: null,
    asksConsent: false,
    commercial: null,
    verified: false,
    installed: true,
  };
}

function checked({ verified }: Described, pin: Pin | null): { pinned: boolean } {
  return { pinned: !verified && pin !== null };
}

function render(rows: Row[], hidden: number): string {
  const cells = rows.map((row) => [
    row.name,
    row.roles.join(", "),
    formatBytes(row.bytes),
    `${formatBytes(row.memoryBytes)}${row.fits ? "" : " (too much)"}`,
    `${row.licence ?? "unknown"}${row.commercial === false ? ", not commercial" : row.asksConsent ? ", to accept" : ""}`,
    row.verified ? "SHA-256" : row.pinned ? "pinned" : "unverified",
    qualifiedCell(row),
    row.installed ? "installed" : "",
  ]);
  const more = hidden > 0 ? `${hidden} more do not fit this machine: assistant models list --all\n` : "";
  return [
    table([["name", "roles", "size", "memory", "licence", "check", "qualified", ""], ...cells]),
    more,
    ...rows.filter(({ installed }) => installed).map(measuredLines),
  ].join("");
}

function qualifiedCell({ qualifiedFor, measured, installed, roles }: Row): string {
  if (measured !== null) return qualifiedFor.join(", ") || "for nothing";
  return installed && !roles.includes("embedding") ? "not measured" : "";
}

function measuredLines({ name, measured }: Row): string {
  if (measured === null) return "";
  return `\n${name}:\n${table(measured.map(({ ability, reason }) => [`  ${ability}`, reason]))}`;
}
