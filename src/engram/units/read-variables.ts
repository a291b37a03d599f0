import type { QueryCapture } from "web-tree-sitter";
import type { Variables } from "./unit-parser.ts";

/** What the captures of grammars/variables.ts say; a name at a place that no pattern knows may be bound there. */
export function readVariables(captures: readonly QueryCapture[]): Variables {
  const said = new Map<number, string>();
  const variables: Variables = { binds: new Map(), reads: new Map(), unclear: new Set(), isOpen: false };
  for (const { name, node } of captures) {
    if (name === "passes") variables.isOpen = true;
    // A binding that is read as well (`{ a = b }`) is a binding.
    else if (name !== "any" && said.get(node.id) !== "binds") said.set(node.id, name);
  }
  const seen = new Set<number>();
  for (const { name, node } of captures) {
    if (name === "passes" || seen.has(node.id)) continue;
    seen.add(node.id);
    const what = said.get(node.id);
    if (what === "apart") continue;
    if (what === "binds" || what === "reads") note(variables[what], node.text, node.startPosition.row);
    else variables.unclear.add(node.text);
  }
  return variables;
}

function note(lines: Map<string, number[]>, name: string, line: number): void {
  const known = lines.get(name);
  if (known === undefined) lines.set(name, [line]);
  else known.push(line);
}
