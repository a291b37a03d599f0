import type { RepositoryId } from "../../shared/repository.ts";
import type { ImplementOutcome, ImplementPlace, Phase, PhaseDocument, VerifiedCommand } from "../implement-outcome.ts";
import { limits } from "../../shared/limits.ts";
import { blocks, details, list, type Group, type Piece } from "./body.ts";
import { modelLine } from "./coverage-block.ts";
import { codeBlock, codeSpan } from "./escape.ts";
import { evidenceList } from "./evidence-list.ts";
import { codeLink, commitLink } from "./links.ts";
import { sanitizeBlocks, sanitizeInline } from "./sanitize.ts";

/** In the order in which they are worked on. */
export const phaseNames: Record<Phase, string> = {
  requirements: "Requirements",
  specification: "Specification",
  design: "Design",
  implementation: "Implementation",
  tests: "Tests",
  documentation: "Documentation",
};

/** The plan and what was written by it: one folded block, a heading for each phase that wrote something. */
export function planPiece({ documents }: Pick<ImplementOutcome, "documents">): Group {
  return details("Plan", documents.map(documentPiece));
}

function documentPiece({ phase, markdown, writtenBy }: PhaseDocument): Group {
  const by = writtenBy === null ? [] : [`_The first sentences by ${codeSpan(writtenBy)}, a language model._`];
  return { ...blocks([...sanitizeBlocks(markdown), ...by]), before: `#### ${phaseNames[phase]}\n\n` };
}

/** Where it belongs; once something was written, those of the places that it was written to. */
export function placesPiece(repository: RepositoryId, { places, base, files, verdict }: ImplementOutcome): Group {
  const changed = verdict === "passed" || verdict === "unverified" ? new Set(files.map(({ path }) => path)) : null;
  const own = places.filter(({ path }) => changed?.has(path) ?? true);
  return list(
    (own.length === 0 ? places : own).map((place) => placeItem(repository, base, place)),
    "**Where**\n\n",
  );
}

function placeItem(repository: RepositoryId, base: string, place: ImplementPlace): string {
  const { path, startLine, endLine, symbol, reason } = place;
  const name = symbol === null ? "" : ` ${codeSpan(symbol)}`;
  return `- ${codeLink(repository, base, path, startLine, endLine)}${name}: ${sanitizeInline(reason)}`;
}

export function evidencePiece(repository: RepositoryId, { evidence }: ImplementOutcome): Group {
  return details("Evidence", [evidenceList(repository, evidence)]);
}

/** The commands of the last attempt, and what was not checked. What failed comes with its output, folded. */
export function verificationPieces({ rounds, unverified, sandbox }: ImplementOutcome): Piece[] {
  const commands = rounds.at(-1)?.commands ?? [];
  const inside = sandbox === null ? "" : ` (${sanitizeInline(sandbox)})`;
  const title = commands.every(({ passed }) => passed) ? "Verified" : "Checked";
  return [
    list(commands.map(commandItem), `**${title}**${inside}\n\n`),
    list(
      unverified.map((line) => `- ${sanitizeInline(line)}`),
      "**Not verified**\n\n",
    ),
    ...commands.filter(({ output }) => output.trim() !== "").map(outputPiece),
  ];
}

function commandItem({ name, command, passed, ended }: VerifiedCommand): string {
  return `- ${codeSpan(name)} (${codeSpan(command)}): ${passed ? "passed" : `**failed**, ${sanitizeInline(ended)}`}`;
}

function outputPiece({ name, output }: VerifiedCommand): Group {
  return details(`Output of <code>${escapeHtml(name)}</code>`, [codeBlock(shortened(output))]);
}

/** Its beginning, where what looks like the cause stands, and its end: the plan and the patch have to find room, too. */
function shortened(output: string): string {
  const half = limits.shownOutputCharacters / 2;
  if (output.length <= 2 * half) return output;
  return `${output.slice(0, half)}\n[… ${output.length - 2 * half} characters left out …]\n${output.slice(-half)}`;
}

/** A title of a folded block is HTML. */
function escapeHtml(text: string): string {
  return text.replace(/[^\w .:-]/g, "?").slice(0, 60);
}

/** What was refused of the model's edits in the last attempt. */
export function refusedPiece({ rounds }: ImplementOutcome): Group {
  const refused = rounds.at(-1)?.refused ?? [];
  return list(
    refused.map((line) => `- ${sanitizeInline(line)}`),
    "**Not applied**\n\n",
  );
}

/** To be applied by hand: a comment has no attachments. */
export function patchPiece({ patch }: ImplementOutcome): Piece[] {
  if (patch.trim() === "") return [];
  return [details("The last patch, for <code>git apply</code>", [codeBlock(patch.replace(/\n$/, ""), "diff")])];
}

export function implementFooter(repository: RepositoryId, { base, model }: ImplementOutcome): Group {
  return list([`<sub>Made on ${commitLink(repository, base)} · Model: ${modelLine(model)}</sub>`]);
}
