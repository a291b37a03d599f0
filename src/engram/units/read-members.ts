import type { Node, QueryCapture } from "web-tree-sitter";
import type { ClassMembers } from "./unit-parser.ts";

/** What the captures of grammars/members.ts say. Where anything is in doubt a class has the name. */
export function readMembers(captures: readonly QueryCapture[]): ClassMembers[] {
  const classes = new Map<number, ClassMembers>();
  for (const { name, node } of captures) if (name === "class") classes.set(node.id, emptyClass(node));
  for (const { name, node } of captures) {
    const around = isNamed(name) ? classAround(node) : null;
    const found = around === null ? undefined : classes.get(around.id);
    if (found === undefined) continue;
    if (name === "open" || (name === "passes" && handsOverNames(node))) found.isOpen = true;
    else if (name === "defines" || (name === "uses" && givesMeaning(node))) note(found.defines, node);
    else if (name === "uses") note(found.reads, node);
    if (node.type === "computed_property_name" || /^__(?:getattr|getattribute|dict)__$/.test(node.text)) {
      found.isOpen = true;
    }
  }
  return [...classes.values()];
}

function isNamed(capture: string): boolean {
  return capture !== "class" && !capture.startsWith("_");
}

function note(lines: Map<string, number[]>, { text, startPosition }: Node): void {
  const known = lines.get(text);
  if (known === undefined) lines.set(text, [startPosition.row]);
  else known.push(startPosition.row);
}

function emptyClass(node: Node): ClassMembers {
  const { bases, isOpen } = node.type === "class_definition" ? basesOfPython(node) : basesOfScript(node);
  const name = node.childForFieldName("name")?.text ?? "";
  return { name, bases, defines: new Map(), reads: new Map(), isOpen };
}

type Bases = Pick<ClassMembers, "bases" | "isOpen">;

function basesOfScript(node: Node): Bases {
  const heritage = node.namedChildren.find(({ type }) => type === "class_heritage")?.text ?? "";
  const extended = /^extends\s+([\s\S]*?)(?:\bimplements\b[\s\S]*)?$/.exec(heritage)?.[1]?.trim() ?? "";
  if (extended === "") return { bases: [], isOpen: false };
  const name = /^[\w$]+(?=$|\s*<)/.exec(extended)?.[0];
  return name === undefined ? { bases: [], isOpen: true } : { bases: [name], isOpen: false };
}

/** They bring no names of a subclass's own. */
const plainBases = new Set(["object", "ABC", "Generic", "Protocol"]);
const plainDecorators = /^@(?:dataclasses\.)?dataclass\b|^@(?:typing\.)?(?:final|runtime_checkable)\b/;

function basesOfPython(node: Node): Bases {
  const given = node.childForFieldName("superclasses")?.namedChildren ?? [];
  const bases = given.flatMap(({ type, text }) => (type === "identifier" && !plainBases.has(text) ? [text] : []));
  const isKnown = ({ type, text }: Node): boolean =>
    type === "identifier" || type === "comment" || /^(?:Generic|Protocol)\[|^metaclass=(?:abc\.)?ABCMeta$/.test(text);
  const outer = node.parent?.type === "decorated_definition" ? node.parent.namedChildren : [];
  const decorators = outer.filter(({ type }) => type === "decorator");
  const isPlain = given.every(isKnown) && decorators.every(({ text }) => plainDecorators.test(text));
  return { bases, isOpen: !isPlain };
}

/** These have a `this` of their own. */
const ownThis = new Set([
  "function_expression",
  "function_declaration",
  "generator_function",
  "generator_function_declaration",
]);

/** The class that a name in it, or the object itself, belongs to; null where that is another one's, or nobody knows. */
function classAround(node: Node): Node | null {
  const isOwnName = node.parent?.childForFieldName("name")?.id === node.id;
  let isAttribute = node.parent?.type === "attribute" || node.type === "call";
  let at =
    isOwnName && /^(?:function|class)_definition$/.test(node.parent?.type ?? "") ? node.parent?.parent : node.parent;
  for (; at; at = at.parent) {
    if (at.type === "class_body") return at.parent;
    if (at.type === "class_definition") return isAttribute ? null : at;
    if (ownThis.has(at.type)) return null;
    if (at.type === "method_definition" && at.parent?.type !== "class_body") return null;
    if (at.type !== "function_definition") continue;
    // A variable of a function is no member; `self` is where the function takes it.
    if (!isAttribute) return null;
    if (/^\(\s*(?:self|cls)\b/.test(at.childForFieldName("parameters")?.text ?? "")) isAttribute = false;
  }
  return null;
}

/** Whether something is put there, or it is asked first whether anything is. */
function givesMeaning(name: Node): boolean {
  const access = name.parent;
  const around = access?.parent;
  if (!access || !around) return false;
  const isLeft = around.childForFieldName("left")?.id === access.id;
  switch (around.type) {
    case "assignment_expression":
    case "assignment":
    case "for_in_statement":
    case "for_statement":
      return isLeft;
    case "augmented_assignment_expression":
      return isLeft && /^(?:\|\||&&|\?\?)=/.test(around.childForFieldName("operator")?.text ?? "");
    case "array_pattern":
    case "pair_pattern":
    case "assignment_pattern":
    case "pattern_list":
    case "tuple_pattern":
    case "list_pattern":
    case "as_pattern_target":
    case "delete_statement":
      return true;
    case "unary_expression":
      return /^(?:typeof|delete)\b/.test(around.text);
    default:
      return /^\s*\?\.|^\s*&&/.test(around.text.slice(access.endIndex - around.startIndex));
  }
}

/** `Object.assign(this, …)`, `Emitter.call(this)`. */
function handsOverNames(call: Node): boolean {
  return /^(?:Object|Reflect)\.|\.(?:call|apply)$/.test(call.childForFieldName("function")?.text ?? "");
}
