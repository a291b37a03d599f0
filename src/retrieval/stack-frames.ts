/** A line of a stack trace that names a file. */
export interface StackFrame {
  /** As written, with forward slashes and without scheme; of Java and Kotlin with the folders of the package. */
  path: string;
  line: number | null;
  /** The function that the line lies in, without class and package; null where the trace does not say. */
  name: string | null;
}

/** Innermost frame first. */
export type StackTrace = StackFrame[];

/** Longer lines are data. */
const MAX_LINE_CHARACTERS = 1_000;
/** Python prints the source under a frame, Go and Rust the function above: lines between two frames of one trace. */
const LINES_BETWEEN = 3;

type FrameKind = "v8" | "bare" | "gecko" | "python" | "java" | "dotnet" | "go" | "ruby" | "php" | "panic";

/** Of the line's text after quote marks of mail and names of containers. */
const PATTERNS: readonly [FrameKind, RegExp][] = [
  ["python", /^File "(?<path>[^"]+)", line (?<line>\d{1,7})(?:, in (?<name>\S+))?/],
  ["dotnet", /^at (?<name>[^\s(]+) ?\([^)]*\) in (?<path>[^"<>|]+?):line (?<line>\d{1,7})/],
  ["java", /^at (?<name>[\w.$/<>@-]+)\((?<path>[\w$-]+\.(?:java|kt|kts|scala|groovy))(?::(?<line>\d{1,7}))?\)/],
  [
    "v8",
    /^at (?:async )?(?:new )?(?<name>[^\s(]+)(?: \[as [^\]]+\])? \((?<path>[^()]+?\.\w{1,9}(?:\?[^()]*?)?):(?<line>\d{1,7})(?::\d+)?\)/,
  ],
  // V8 without a function, and Rust, which names it on the line above.
  ["bare", /^at (?:async )?(?<path>[^\s()]+\.\w{1,9}):(?<line>\d{1,7})(?::\d+)?$/],
  ["gecko", /^(?<name>[\w$.<>/*]*)@(?<path>(?:https?|file|webpack\S*?):\/\/\S+?):(?<line>\d{1,7})(?::\d+)?$/],
  ["ruby", /^(?:from )?(?<path>[^\s:]+\.(?:rb|erb|rake|ru)):(?<line>\d{1,7}):in [`'](?<name>[^']+)'/],
  ["php", /^#\d+ (?<path>[^\s(][^(]*\.\w{1,9})\((?<line>\d{1,7})\): /],
  ["go", /^(?<path>\S+\.go):(?<line>\d{1,7})(?: \+0x[\da-f]+)?$/],
  ["panic", /\bpanicked at (?:'[^']*', )?(?<path>[^\s':]+\.rs):(?<line>\d{1,7})/],
  ["php", /\bin (?<path>[^\s:]+\.php)(?::| on line )(?<line>\d{1,7})\b/],
];

/**
 * The stack traces of a text in the order in which they matter: as they stand, but what Java says "Caused by" comes before
 * what it caused. Reads the formats of V8, browsers, Python, Java and Kotlin, .NET, Go, Rust, Ruby and PHP.
 */
export function readStackTraces(text: string): StackTrace[] {
  const traces: StackTrace[] = [];
  let open: { kind: FrameKind; frames: StackTrace; lastLine: number } | null = null;
  let cause = false;
  // Logs in JSON write line ends as two characters; a Windows path may hold the same two.
  const lines = text.replace(/\\n(?=\s{1,12}(?:at|from|File) |#\d)/g, "\n").split("\n");
  for (const [number, line] of lines.entries()) {
    if (/^[\s>|]*Caused by: /.test(line)) [open, cause] = [null, true];
    if (/^[\s>|]*Traceback \(|stack backtrace:/.test(line)) open = null;
    const found = readFrame(line, lines[number - 1] ?? "");
    if (found === null) continue;
    if (open === null || open.kind !== found.kind || number - open.lastLine > LINES_BETWEEN) {
      open = { kind: found.kind, frames: [], lastLine: number };
      if (cause) traces.unshift(open.frames);
      else traces.push(open.frames);
      cause = false;
    }
    open.lastLine = number;
    if (found.kind === "python") open.frames.unshift(found.frame);
    else open.frames.push(found.frame);
  }
  return traces;
}

function readFrame(rawLine: string, lineAbove: string): { kind: FrameKind; frame: StackFrame } | null {
  if (rawLine.length > MAX_LINE_CHARACTERS) return null;
  const line = withoutMargin(rawLine);
  for (const [kind, pattern] of PATTERNS) {
    const groups = pattern.exec(line)?.groups;
    if (groups === undefined) continue;
    const path = plainPath(groups["path"] ?? "");
    // What belongs to the runtime has no file: node:internal/…, <frozen importlib>.
    if (/^(?:node:|internal\/|<)/.test(path)) return null;
    const number = groups["line"] === undefined ? null : Number(groups["line"]);
    const written = groups["name"] ?? nameAbove(kind, path, lineAbove);
    const name = written === null ? null : functionName(written);
    const frame = { path: kind === "java" ? javaPath(path, groups["name"] ?? "") : path, line: number, name };
    return { kind: kind === "panic" || kind === "bare" ? "v8" : kind, frame };
  }
  return null;
}

function withoutMargin(line: string): string {
  return line
    .slice(0, MAX_LINE_CHARACTERS)
    .replace(/^[\w.-]{1,40} *\| /, "")
    .replace(/^[\s>]+/, "")
    .trimEnd();
}

/** Go and Rust name the function on the line above its place. */
function nameAbove(kind: FrameKind, path: string, lineAbove: string): string | null {
  const line = withoutMargin(lineAbove);
  if (kind === "go")
    return /^(?:created by )?([^\s(]\S*?)(?:\([^()]*\)|\(\.\.\.\)| in goroutine \d+)?$/.exec(line)?.[1] ?? null;
  if (kind === "bare" && path.endsWith(".rs")) return /^\d+: +(?:0x[\da-f]+ - )?(\S+)/.exec(line)?.[1] ?? null;
  return null;
}

function plainPath(written: string): string {
  return written
    .replace(/^webpack(?:-internal)?:\/\/(?:[^/]*\/)?(?:\.\/)?|^file:\/\/|^https?:\/\/[^/]*/, "")
    .replace(/\?.*$/, "")
    .replace(/[\\/]+/g, "/");
}

/** `org.shop.Cart$Line.add` in `Cart.java` is org/shop/Cart.java; a module may stand before it (`java.base/java.util.…`). */
function javaPath(file: string, name: string): string {
  const qualified = name.slice(name.lastIndexOf("/") + 1).split(".");
  const folders = qualified.slice(0, -1).filter((part) => /^[a-z_]\w*$/.test(part));
  return [...folders, file].join("/");
}

/**
 * The last name of what traces call a function: `Cart.add`, `org.shop.Cart$Line.add`, `shop::Cart::add::h1f…`,
 * `main.(*Cart).Add.func1`, `Cart#add`, `block in add`, and `Shop.Cart.<Add>d__5.MoveNext`, which is async code of .NET.
 */
function functionName(written: string): string | null {
  if (written.includes("<anonymous>")) return null;
  const generated = /<(\w+)>[bdg]__/.exec(written)?.[1];
  if (generated !== undefined) return generated;
  const parts = written
    .replace(/^(?:block|rescue|ensure|\d+ levels?|in|of|\(|\)|\s)+ /, "")
    .replace(/(?:::)?\{\{?closure\}?\}?(?:#\d+)?/g, "")
    .split(/::|[.#$/:>]/)
    .map((part) => /^[\w$]+/.exec(part.replace(/^[(*]+/, ""))?.[0] ?? "")
    .filter((part) => part !== "" && !/^(?:h[\da-f]{16}|func\d+|\d+)$/.test(part));
  return parts.at(-1) ?? null;
}
