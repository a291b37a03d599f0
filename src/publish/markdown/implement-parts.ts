import type { RepositoryId } from "../../shared/repository.ts";
import type { ImplementOutcome, ImplementPlace, Phase, PhaseDocument, VerifiedCommand } from "../implement-outcome.ts";
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

/** One folded block for each phase that wrote something. */
export function documentPieces({ documents }: Pick<ImplementOutcome, "documents">): Piece[] {
  return documents.filter(({ markdown }) => markdown.trim() !== "").map(documentPiece);
}

function documentPiece({ phase, markdown, writtenBy }: PhaseDocument): Group {
  const by = writtenBy === null ? [] : [`_Written by ${codeSpan(writtenBy)}, a language model._`];
  return details(phaseNames[phase], [blocks(sanitizeBlocks(markdown)), ...by]);
}

export function placesPiece(repository: RepositoryId, { places, base }: ImplementOutcome): Group {
  return list(
    places.map((place) => placeItem(repository, base, place)),
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
  return [
    list(commands.map(commandItem), `**Verified**${inside}\n\n`),
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
  return details(`Output of <code>${escapeHtml(name)}</code>`, [codeBlock(output)]);
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
