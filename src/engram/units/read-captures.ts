import type { Node, QueryCapture } from "web-tree-sitter";
import type { ParsedText, RoleName } from "./unit-parser.ts";

/** A unit around the place that is being read. */
interface OpenUnit {
  /** Line of the node itself; what belongs to it may begin above. */
  row: number;
  endIndex: number;
  depth: number;
}

/** Comments and decorators, each on lines of its own, without a line between them. */
interface Lead {
  start: number;
  end: number;
}

/** Units and names from the captures of a grammar's query (grammar.ts), which come in order of their places. */
export function readCaptures(captures: readonly QueryCapture[], text: string): ParsedText {
  const parsed: ParsedText = { starts: [], names: [] };
  const ids = idsByCapture(captures);
  const open: OpenUnit[] = [];
  const named: Partial<Record<RoleName["role"], number>> = {};
  let lead: Lead | null = null;
  for (const { name: capture, node } of captures) {
    if (capture === "lead") {
      lead = readLead(node, text, lead);
    } else if (capture === "unit" && ids.wrapped.has(node.id)) {
      continue;
    } else if (capture === "unit" && ids.lead.has(node.id)) {
      // A comment among units begins one, in case nothing below takes it.
      lead = readLead(node, text, lead);
      if (lead?.start === node.startPosition.row) addStart(parsed, lead.start, enclosing(open, node)?.depth ?? -1);
    } else if (capture === "unit") {
      addUnit(parsed, open, node, lead);
      lead = null;
    } else {
      addName(parsed, named, capture, node, text);
    }
  }
  return parsed;
}

function idsByCapture(captures: readonly QueryCapture[]): Record<"lead" | "wrapped", Set<number>> {
  const ids = { lead: new Set<number>(), wrapped: new Set<number>() };
  for (const { name, node } of captures) {
    if (name === "lead" || name === "wrapped") ids[name].add(node.id);
  }
  return ids;
}

/** The lead that ends with this node: a new one, or `before` where the node continues it. */
function readLead(node: Node, text: string, before: Lead | null): Lead | null {
  const { row, column } = node.startPosition;
  const lineStart = node.startIndex - column;
  if (text.slice(lineStart, node.startIndex).trim() !== "") return before;
  const { row: lastRow, column: lastColumn } = node.endPosition;
  // Some comments hold their line feed.
  const end = lastColumn === 0 && lastRow > row ? lastRow - 1 : lastRow;
  return before !== null && row <= before.end + 1 ? { start: before.start, end } : { start: row, end };
}

function addUnit(parsed: ParsedText, open: OpenUnit[], node: Node, lead: Lead | null): void {
  const row = node.startPosition.row;
  const line = lead !== null && lead.end >= row - 1 ? lead.start : row;
  const around = enclosing(open, node);
  const endIndex = node.endIndex;
  if (around !== undefined && line <= around.row) {
    // `export` and its class, a class and its decorators: one unit, not two.
    around.row = Math.max(around.row, row);
    around.endIndex = Math.max(around.endIndex, endIndex);
    return;
  }
  const depth = (around?.depth ?? -1) + 1;
  addStart(parsed, line, depth - 1);
  open.push({ row, endIndex, depth });
}

/** The innermost unit around a node; units that end before it are taken off. */
function enclosing(open: OpenUnit[], node: Node): OpenUnit | undefined {
  while ((open.at(-1)?.endIndex ?? Infinity) <= node.startIndex) open.pop();
  return open.at(-1);
}

function addStart({ starts }: ParsedText, line: number, depthAround: number): void {
  if (line > (starts.at(-1)?.line ?? -1)) starts.push({ line, depth: depthAround + 1 });
}

function addName(
  { names }: ParsedText,
  named: Partial<Record<RoleName["role"], number>>,
  capture: string,
  node: Node,
  text: string,
): void {
  const role = roleOf(capture);
  // Two patterns may name one node.
  if (role === null || named[role] === node.startIndex) return;
  const written = text.slice(node.startIndex, node.endIndex);
  if (capture === "component" && !/^[A-Z]/.test(written)) return;
  const name = role === "imports" ? unquoted(written) : lastPart(unquoted(written));
  if (name === "") return;
  named[role] = node.startIndex;
  names.push({ role, name, line: node.startPosition.row });
}

function roleOf(capture: string): RoleName["role"] | null {
  if (capture === "defines" || capture === "calls" || capture === "imports") return capture;
  return capture === "component" ? "calls" : null;
}

/** Without the marks around a text, a system header or a Ruby symbol. */
function unquoted(written: string): string {
  if (/^["'`<]/.test(written)) return written.replace(/^["'`<]+|["'`>]+$/g, "");
  return written.startsWith(":") ? written.slice(1) : written;
}

/** `std::make_unique<Shape>` gives make_unique, `App\render` render. */
function lastPart(name: string): string {
  const bare = name.includes("::") && !name.includes("operator") ? name.replace(/<[^]*/, "") : name;
  const colons = bare.lastIndexOf("::");
  return bare.slice(Math.max(colons < 0 ? 0 : colons + 2, bare.lastIndexOf("\\") + 1));
}
