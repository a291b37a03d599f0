import { formatCitation, type Evidence } from "../retrieval/evidence.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { coverageLine } from "./markdown/coverage-block.ts";
import { oneLine, printable } from "./markdown/escape.ts";
import { sanitizeBlocks, sanitizeInline } from "./markdown/sanitize.ts";
import { findingKinds, type FindingKindInfo } from "./finding-kinds.ts";
import { isHere } from "./finding-place.ts";
import type { Anchor, Finding, FindingKind, ReviewOutcome, Severity } from "./outcome.ts";

/** The part of SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/) that is written here. */
export interface SarifLog {
  $schema: string;
  version: "2.1.0";
  runs: SarifRun[];
}

interface SarifRun {
  tool: { driver: { name: string; rules: SarifRule[] } };
  automationDetails: { id: string };
  versionControlProvenance?: { repositoryUri: string; revisionId: string }[];
  invocations: { executionSuccessful: boolean; toolExecutionNotifications: SarifNotification[] }[];
  results: SarifResult[];
}

interface SarifRule {
  id: FindingKind;
  name: string;
  shortDescription: { text: string };
  fullDescription: { text: string };
  help: { text: string };
  defaultConfiguration: { level: FindingKindInfo["level"] };
}

interface SarifNotification {
  level: "note";
  message: { text: string };
  locations?: SarifLocation[];
}

interface SarifResult {
  ruleId: FindingKind;
  ruleIndex: number;
  level: FindingKindInfo["level"];
  message: { text: string; markdown: string };
  locations: SarifLocation[];
  relatedLocations: SarifLocation[];
  fingerprints: Record<string, string>;
  partialFingerprints: Record<string, string>;
  properties: { evidence: string[] };
}

interface SarifLocation {
  id?: number;
  physicalLocation: {
    artifactLocation: { uri: string; uriBaseId?: "%SRCROOT%" };
    region?: { startLine: number; endLine: number };
  };
  message?: { text: string };
}

interface SarifOptions {
  /** The repository's page, `https://HOST/OWNER/NAME`; null for a clone that has none. */
  repositoryUrl: string | null;
}

const kinds = Object.keys(findingKinds) as FindingKind[];

/** Changes only where identities of findings do (docs/decisions/005-finding-identity.md): viewers compare by it. */
const fingerprint = "engramFinding/v1";

/** A review for viewers and code scanning. Lines are of the head; what stood in another commit names it in its message. */
export function toSarif(outcome: ReviewOutcome, { repositoryUrl }: SarifOptions): SarifLog {
  const { head, findings, coverage } = outcome;
  const notifications = coverage.unread.map(({ path, reason }): SarifNotification => ({
    level: "note",
    message: { text: `Not read: ${oneLine(reason)}` },
    locations: [{ physicalLocation: { artifactLocation: inRoot(path) } }],
  }));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Engram Assistant", rules: kinds.map(rule) } },
        automationDetails: { id: "engram-assistant/review/" },
        ...(repositoryUrl !== null && {
          versionControlProvenance: [{ repositoryUri: repositoryUrl, revisionId: head }],
        }),
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: [
              { level: "note", message: { text: coverageLine(coverage) } },
              ...notifications,
            ],
          },
        ],
        results: findings.map((finding) => result(finding, head)),
      },
    ],
  };
}

function rule(id: FindingKind): SarifRule {
  const { name, help, level } = findingKinds[id];
  return {
    id,
    name: pascalCase(id),
    shortDescription: { text: `${name}.` },
    fullDescription: { text: help },
    help: { text: help },
    defaultConfiguration: { level },
  };
}

/** SARIF asks for an identifier as a rule's name. */
function pascalCase(id: string): string {
  return id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const levels: Record<Severity, FindingKindInfo["level"]> = { high: "error", medium: "warning", low: "note" };

function result(finding: Finding, head: string): SarifResult {
  const { id, kind, title, body, evidence, severity } = finding;
  const elsewhere = evidence.filter((one) => one.citation.kind === "code" && !isHere(one, finding));
  const related = elsewhere.flatMap((one, index) => relatedLocation(one, index, head));
  const [first] = related;
  return {
    ruleId: kind,
    ruleIndex: kinds.indexOf(kind),
    level: severity === undefined ? findingKinds[kind].level : levels[severity],
    message: {
      text: `${oneLine(title)}\n\n${printable(body)}`.trim(),
      markdown: [sanitizeInline(title), ...sanitizeBlocks(body)].join("\n\n").trim() || oneLine(title),
    },
    // A result without a place is not shown: where the change has none, its evidence has.
    locations: finding.anchor ? [anchorLocation(finding.anchor)] : first ? [withoutId(first)] : [],
    relatedLocations: related,
    fingerprints: { [fingerprint]: id },
    partialFingerprints: { [fingerprint]: id },
    properties: { evidence: evidence.map(({ citation, why }) => `${formatCitation(citation)}: ${oneLine(why)}`) },
  };
}

/** Lines that are only in the old version have no place in the new one but the file. */
function anchorLocation({ path, side, startLine, endLine }: Anchor): SarifLocation {
  const region = side === "RIGHT" ? { region: { startLine, endLine } } : {};
  return { physicalLocation: { artifactLocation: inRoot(path), ...region } };
}

function relatedLocation({ citation, repository, why }: Evidence, index: number, head: string): SarifLocation[] {
  if (citation.kind !== "code") return [];
  const { path, startLine, endLine, commit } = citation;
  const as = commit === head ? "" : ` (as of ${commit.slice(0, 12)})`;
  return [
    {
      id: index + 1,
      physicalLocation: {
        artifactLocation: repository ? inOther(repository, commit, path) : inRoot(path),
        region: { startLine, endLine },
      },
      message: { text: `${oneLine(why)}${as}` },
    },
  ];
}

function withoutId({ physicalLocation, message }: SarifLocation): SarifLocation {
  return { physicalLocation, ...(message && { message }) };
}

function inRoot(path: string): { uri: string; uriBaseId: "%SRCROOT%" } {
  return { uri: pathUri(path), uriBaseId: "%SRCROOT%" };
}

/** A link, since nobody who reads the file need have that repository. A clone without a page has its path alone. */
function inOther({ host, owner, name }: RepositoryId, commit: string, path: string): { uri: string } {
  const page = host === "local" ? "" : `https://${host}/${owner}/${name}/blob/${commit}/`;
  return { uri: page + pathUri(path) };
}

function pathUri(path: string): string {
  const segments = path.replace(/\p{Surrogate}/gu, "\ufffd").split("/");
  return segments.map((segment) => encodeURIComponent(segment)).join("/");
}
