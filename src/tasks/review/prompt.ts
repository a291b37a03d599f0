import { formatCitation, type Evidence } from "../../retrieval/evidence.ts";
import type { Message } from "../../model/model.ts";
import { limits } from "../../shared/limits.ts";
import { type Block, materialRule, renderMaterial } from "../ask/material.ts";
import type { Tile } from "./tiles.ts";

const task = [
  "You review one part of a change to a program. A line that begins with + is new, one with - is gone, one with a space is as it was.",
  "Say whether it holds a problem that the author must mend: a bug, a security hole, a waste of time or memory, or code that misleads its reader. Most parts hold none: then say so.",
  "For each problem copy the line it stands on word for word, without its sign, and name the evidence that shows it, or none. Say in one sentence what is wrong, and in one which input or state makes what go wrong. If you know what exactly must stand in the place of the copied line, write it with its indentation; else leave that empty.",
  materialRule,
].join("\n");

export interface TilePrompt {
  messages: Message[];
  /** Evidence by the id used in the prompt: E1, E2, … */
  evidence: Map<string, Evidence>;
  /** What a sentence about the tile may take its names and numbers from. */
  material: string;
}

/**
 * The prompt for one tile. It holds neither line numbers nor commits, so that a tile which only moved need not be read again.
 * @param instructions what the maintainer says of the tile's file, from the configuration of the base branch: trusted
 */
export function tilePrompt(tile: Tile, evidence: Evidence[], instructions: readonly string[] = []): TilePrompt {
  const byId = new Map(evidence.map((entry, index) => [`E${index + 1}`, entry]));
  const blocks: Block[] = [
    { title: `CHANGE ${oneLine(tile.path)}`, text: tile.lines.map(({ kind, text }) => kind + text).join("\n") },
    ...[...byId].map(([id, entry]) => ({
      title: `EVIDENCE ${id} ${oneLine(placeOf(entry.citation))}`,
      text: `${entry.why}\n${entry.text}`,
    })),
  ];
  const asked = whatFits(instructions);
  return {
    messages: [
      { role: "system", content: [task, ...asked.map((text) => `The maintainers ask: ${text}`)].join("\n") },
      { role: "user", content: renderMaterial(blocks) },
    ],
    evidence: byId,
    material: [...blocks.flatMap(({ title, text }) => [title, text]), ...asked].join("\n"),
  };
}

/** Whole texts, in the order of the rules. */
function whatFits(instructions: readonly string[]): string[] {
  let left = limits.promptInstructionCharacters;
  return instructions.filter((text) => {
    if (text.length > left) return false;
    left -= text.length;
    return true;
  });
}

/** A path may hold line ends. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** Without the commit: it tells a model nothing, and changes with every push. */
function placeOf(citation: Evidence["citation"]): string {
  return citation.kind === "code" ? citation.path : formatCitation(citation);
}
