import { builtinModules } from "node:module";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import { identifiersIn } from "../../shared/search-words.ts";

/**
 * Names that code calls or imports and that stand neither in the material, nor are declared in the code, nor belong to the
 * language. A hint, not a proof: a member of a library that the material does not show is one as well.
 * @param extension of the code, for example `ts`
 * @param parser with the grammar of that ending prepared
 * @returns null where the language's own names are not known here
 */
export function findUnknownNames(
  code: string,
  extension: string,
  material: string,
  parser: UnitParser,
): string[] | null {
  const own = languageNames(extension);
  const parsed = own === null ? null : parser.parse(`code.${extension}`, code);
  if (own === null || parsed === null) return null;
  const known = new Set([...identifiersIn(material), ...own, ...declaredIn(code)]);
  for (const { role, name } of parsed.names) if (role === "defines") known.add(name);
  const used = parsed.names.filter(({ role }) => role !== "defines").map(({ name }) => name);
  const unknown = used.filter((name) => {
    if (known.has(name) || material.includes(name)) return false;
    // A relative import names a file: what counts is whether anything of that name was shown.
    const last = /([\w$-]+)(?:\.\w+)?$/.exec(name)?.[1];
    return last === undefined || !known.has(last);
  });
  return [...new Set(unknown)];
}

/** Whatever stands somewhere without being called or being a member: a parameter, a constant, an imported name is. */
function declaredIn(code: string): string[] {
  const imported = Array.from(code.matchAll(/^\s*(?:from\s+[\w.]+\s+)?import\s+(.+)$/gm), ([, names = ""]) => names);
  const declared = code.match(/(?<![.\w$])[\p{L}_$][\p{L}\p{N}_$]*(?!\s*[(\p{L}\p{N}_$]|["'`])/gu) ?? [];
  const listed = new Set(imported.flatMap(identifiersIn));
  return declared.filter((name) => !listed.has(name));
}

function languageNames(extension: string): ReadonlySet<string> | null {
  if (["ts", "tsx", "js"].includes(extension)) return (javascript ??= javascriptNames());
  return extension === "py" ? python : null;
}

let javascript: Set<string> | null = null;

/** What this very runtime knows, with the members of its objects, and what tests have. */
function javascriptNames(): Set<string> {
  const names = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    names.add(name);
    const value: unknown = Reflect.get(globalThis, name);
    if (typeof value !== "function" && (typeof value !== "object" || value === null)) continue;
    for (const member of Object.getOwnPropertyNames(value)) names.add(member);
    const prototype: unknown = Reflect.get(value, "prototype");
    if (typeof prototype !== "object" || prototype === null) continue;
    for (const member of Object.getOwnPropertyNames(prototype)) names.add(member);
  }
  const tests =
    "describe it test expect toBe toEqual toThrow toContain toHaveLength rejects resolves beforeEach afterEach vi jest";
  const others =
    "super import require constructor then catch finally next return throw log warn error info debug json text ok";
  for (const name of `${tests} ${others}`.split(" ")) names.add(name);
  return names;
}

const python = new Set(
  (
    "abs all any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir divmod " +
    "enumerate eval exec filter float format frozenset getattr globals hasattr hash help hex id input int isinstance " +
    "issubclass iter len list locals map max memoryview min next object oct open ord pow print property range repr reversed " +
    "round set setattr slice sorted staticmethod str sum super tuple type vars zip ArithmeticError AssertionError " +
    "AttributeError BaseException Exception FileNotFoundError ImportError IndexError IOError KeyError KeyboardInterrupt " +
    "LookupError MemoryError NameError NotImplementedError OSError OverflowError PermissionError RecursionError RuntimeError " +
    "StopIteration SyntaxError SystemExit TimeoutError TypeError UnicodeError ValueError Warning ZeroDivisionError " +
    "append extend insert remove pop clear index count sort reverse copy get keys values items update setdefault popitem add " +
    "discard union intersection difference join split rsplit splitlines strip lstrip rstrip startswith endswith replace find " +
    "lower upper title capitalize encode decode isdigit isalpha isalnum zfill ljust rjust partition read write readline " +
    "readlines writelines close flush seek group groups match search sub findall fullmatch loads dumps load dump exists mkdir " +
    "assertEqual assertTrue assertFalse assertRaises assertIn assertIsNone main raises fixture mark " +
    "os sys re json math time datetime pathlib Path typing collections functools itertools dataclasses dataclass field abc " +
    "asyncio logging unittest TestCase pytest random string subprocess tempfile threading io enum Enum uuid hashlib base64 " +
    "Optional List Dict Any Union Tuple Callable Iterable Iterator defaultdict Counter OrderedDict namedtuple lru_cache wraps"
  ).split(" "),
);
