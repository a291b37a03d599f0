import { posix } from "node:path";
import { z } from "zod";
import { AssistantError } from "../../../shared/errors.ts";
import { limits } from "../../../shared/limits.ts";
import type { LinterResult } from "./linter-result.ts";

const text = z.string().max(limits.sarifTextCharacters);
const message = z.object({ text: text.optional(), id: text.optional(), arguments: z.array(text).optional() });
const location = z.object({ uri: text.optional(), uriBaseId: text.optional(), index: z.int().optional() });
const level = z.enum(["none", "note", "warning", "error"]);
const rule = z.object({
  id: text,
  messageStrings: z.record(z.string(), z.object({ text })).optional(),
  defaultConfiguration: z.object({ level: level.optional() }).optional(),
});
const component = z.object({ name: text, rules: z.array(rule).optional() });
const region = z.object({ startLine: z.int().positive().optional(), endLine: z.int().positive().optional() });
const result = z.object({
  ruleId: text.optional(),
  ruleIndex: z.int().optional(),
  rule: z
    .object({ id: text.optional(), index: z.int().optional(), toolComponent: z.object({ index: z.int() }).optional() })
    .optional(),
  kind: text.optional(),
  level: level.optional(),
  message,
  baselineState: text.optional(),
  suppressions: z.array(z.object({ status: text.optional() })).optional(),
  fingerprints: z.record(z.string(), text).optional(),
  partialFingerprints: z.record(z.string(), text).optional(),
  locations: z
    .array(
      z.object({
        physicalLocation: z.object({ artifactLocation: location.optional(), region: region.optional() }).optional(),
      }),
    )
    .optional(),
});
const run = z.object({
  tool: z.object({ driver: component, extensions: z.array(component).optional() }),
  originalUriBaseIds: z.record(z.string(), location).optional(),
  artifacts: z.array(z.object({ location: location.optional() })).optional(),
  results: z.array(result).nullish(),
});
/** The part of SARIF 2.1.0 that is read; everything else in a file is passed over. */
const log = z.object({ version: z.literal("2.1.0"), runs: z.array(run).max(limits.sarifRuns) });

type Run = z.output<typeof run>;
type Result = z.output<typeof result>;

/**
 * What a SARIF 2.1.0 file reports on lines: failures that are not suppressed and not told as old.
 * Errors: AssistantError `bad-sarif`.
 * @param name of the file, for the error
 */
export function readSarif(content: string, name: string): LinterResult[] {
  if (content.length > limits.sarifCharacters)
    throw badSarif(name, `it has more than ${limits.sarifCharacters / 1_000_000} million characters`);
  let value: unknown;
  try {
    value = JSON.parse(content.replace(/^\uFEFF/, ""));
  } catch {
    throw badSarif(name, "it is not JSON");
  }
  const parsed = log.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badSarif(name, `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "not valid"}`);
  }
  const results = parsed.data.runs.flatMap((one) => (one.results ?? []).map((reported) => ({ one, reported })));
  if (results.length > limits.sarifResults) throw badSarif(name, `it has more than ${limits.sarifResults} results`);
  return results.flatMap(({ one, reported }) => readResult(one, reported) ?? []);
}

function badSarif(name: string, why: string): AssistantError {
  return new AssistantError(`${name} cannot be read as SARIF 2.1.0: ${why}`, {
    code: "bad-sarif",
    remedy: "Let the linter write it anew, for example: eslint --format @microsoft/eslint-formatter-sarif.",
  });
}

function readResult(one: Run, reported: Result): LinterResult | null {
  const { kind = "fail", baselineState = "new", suppressions = [] } = reported;
  const isOld = baselineState === "unchanged" || baselineState === "absent";
  if (kind !== "fail" || isOld || suppressions.some(({ status = "accepted" }) => status === "accepted")) return null;
  const place = reported.locations?.[0]?.physicalLocation;
  const path = place?.artifactLocation && pathOf(place.artifactLocation, one);
  const startLine = place?.region?.startLine;
  const { tool, rule: known } = ruleOf(one, reported);
  const severity = reported.level ?? known?.defaultConfiguration?.level ?? "warning";
  if (!path || startLine === undefined || severity === "none") return null;
  const prints = reported.fingerprints ?? reported.partialFingerprints;
  return {
    tool,
    rule: reported.ruleId ?? reported.rule?.id ?? known?.id ?? "",
    level: severity,
    message: messageOf(reported, known),
    path,
    startLine,
    endLine: Math.max(startLine, place?.region?.endLine ?? startLine),
    fingerprint: prints && Object.keys(prints).length > 0 ? printOf(prints) : null,
  };
}

function printOf(prints: Record<string, string>): string {
  const names = Object.keys(prints).toSorted();
  return JSON.stringify(names.map((name) => [name, prints[name]]));
}

/** A result names its rule by id, by its place in the tool, or in one of the tool's extensions. */
function ruleOf({ tool }: Run, { ruleId, ruleIndex, rule: named }: Result) {
  const { driver, extensions = [] } = tool;
  const at = named?.toolComponent?.index;
  const owner = (at === undefined ? undefined : extensions[at]) ?? driver;
  const index = named?.index ?? ruleIndex ?? -1;
  const id = ruleId ?? named?.id;
  return { tool: driver.name, rule: owner.rules?.[index] ?? owner.rules?.find((one) => one.id === id) };
}

function messageOf({ message: said }: Result, known: z.output<typeof rule> | undefined): string {
  const template = said.text ?? known?.messageStrings?.[said.id ?? ""]?.text ?? "";
  return template.replace(/\{(\d{1,2})\}/g, (whole, index: string) => said.arguments?.[Number(index)] ?? whole);
}

/** Bases may stand on each other; a circle, or a base that nobody defines, is the repository's root. */
const DEEPEST_BASE = 5;

function pathOf(place: z.output<typeof location>, one: Run): string | null {
  const { artifacts = [], originalUriBaseIds: bases = {} } = one;
  let { uri, uriBaseId } = place.uri === undefined ? (artifacts[place.index ?? -1]?.location ?? {}) : place;
  if (uri === undefined) return null;
  for (let depth = 0; depth < DEEPEST_BASE && uriBaseId !== undefined && !isAbsolute(uri); depth++) {
    const base = Object.hasOwn(bases, uriBaseId) ? bases[uriBaseId] : undefined;
    if (base?.uri !== undefined) uri = `${base.uri.replace(/\/?$/, "/")}${uri}`;
    uriBaseId = base?.uriBaseId;
  }
  return decoded(uri);
}

function isAbsolute(uri: string): boolean {
  return /^(?:[a-z][a-z\d+.-]*:|\/)/i.test(uri);
}

/** Null for what is no file, and for what leads out of the repository. */
function decoded(uri: string): string | null {
  const plain = uri.replace(/^file:\/\/[^/]*/i, "").replaceAll("\\", "/");
  // A drive's letter is no scheme.
  if (/^[a-z][a-z\d+.-]+:/i.test(plain)) return null;
  try {
    const path = posix.normalize(decodeURIComponent(plain)).replace(/^\.\//, "");
    return path.startsWith("../") || path.includes("\0") ? null : path;
  } catch {
    return null;
  }
}
