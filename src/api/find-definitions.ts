import type { Node, Query } from "web-tree-sitter";
import type { Definition } from "../edits/edit.ts";
import { readTree } from "./check-syntax.ts";

/**
 * Named functions, classes and methods of a text with the lines they take, in the order of their heads, by the same queries
 * that take files apart for the engram. Null where no grammar is for the path.
 */
export function findDefinitions(path: string, text: string): Promise<Definition[] | null> {
  return readTree(path, text, (root, query) => definitionsOf(root, query, text));
}

interface Unit {
  node: Node;
  name: Node | null;
}

function definitionsOf(root: Node, query: Query, text: string): Definition[] {
  const captures = query.captures(root);
  const leads = new Set<number>();
  const units: Unit[] = [];
  const open: Unit[] = [];
  for (const { name, node } of captures) {
    while ((open.at(-1)?.node.endIndex ?? Infinity) <= node.startIndex) open.pop();
    if (name === "lead") addRows(leads, node, text);
    else if (name === "unit" && !isComment(node)) {
      const unit: Unit = { node, name: null };
      units.push(unit);
      open.push(unit);
    } else if (name === "defines") {
      // A field or a variable inside of a definition is not what it is called by.
      const innermost = open.at(-1);
      if (innermost !== undefined) innermost.name ??= node;
    }
  }
  return units.flatMap((unit) => (unit.name === null ? [] : [describe(unit, unit.name, units, leads, text)]));
}

function describe(
  unit: Unit,
  name: Node,
  units: readonly Unit[],
  leads: ReadonlySet<number>,
  text: string,
): Definition {
  const around = units.filter((other) => other !== unit && contains(other.node, unit.node));
  // `export` and its class, a function with its decorators: the outer one has no name of its own and adds only these.
  const wrappers = around.filter((other) => other.name === null && isWrapper(other.node, unit.node, leads));
  const whole = [unit.node, ...wrappers.map(({ node }) => node)].reduce((a, b) => (contains(b, a) ? b : a));
  const nodeRow = whole.startPosition.row;
  let leadRow = nodeRow;
  while (leads.has(leadRow - 1)) leadRow--;
  const { row, column } = whole.endPosition;
  const names = around.flatMap((other) =>
    other.name === null || wrappers.includes(other) ? [] : [nameOf(other.name, text)],
  );
  return {
    name: [...names, nameOf(name, text)].join("."),
    leadLine: leadRow + 1,
    nodeLine: nodeRow + 1,
    headLine: name.startPosition.row + 1,
    endLine: column === 0 && row > nodeRow ? row : row + 1,
  };
}

function contains(outer: Node, inner: Node): boolean {
  return outer.startIndex <= inner.startIndex && inner.endIndex <= outer.endIndex && outer.id !== inner.id;
}

function isWrapper(outer: Node, inner: Node, leads: ReadonlySet<number>): boolean {
  if (inner.endPosition.row !== outer.endPosition.row) return false;
  for (let row = outer.startPosition.row; row < inner.startPosition.row; row++) if (!leads.has(row)) return false;
  return true;
}

/** Rows that hold nothing but this comment or decorator. */
function addRows(rows: Set<number>, node: Node, text: string): void {
  const { row, column } = node.startPosition;
  if (text.slice(node.startIndex - column, node.startIndex).trim() !== "") return;
  const end = node.endPosition.column === 0 ? node.endPosition.row - 1 : node.endPosition.row;
  for (let at = row; at <= Math.max(row, end); at++) rows.add(at);
}

function isComment({ type }: Node): boolean {
  return type.includes("comment");
}

function nameOf(node: Node, text: string): string {
  return text.slice(node.startIndex, node.endIndex).replace(/^["'`]|["'`]$/g, "");
}
