import type { EngramView } from "../engram/engram.ts";
import type { PathResolver } from "./mentions.ts";
import type { StackFrame } from "./stack-frames.ts";

/** Finds the repository's own files in stack traces. */
export interface FrameResolver {
  /** Files of the tree that a frame may mean, and the line in them; none where the frame lies in somebody else's code. */
  resolve(frame: StackFrame): { path: string; line: number | null }[];
  /** Whether the path lies where packages and runtimes are installed. */
  isInstalled(path: string): boolean;
}

/** Where installed packages lie. What comes after is the package's folder, then its files. */
const PACKAGE =
  /^.*(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems|pkg\/mod|registry\/src\/[^/]+)\/(?<inside>.+)$/;
/** Code of languages and their runtimes. */
const RUNTIME =
  /^\/?(?:rustc\/|usr\/(?:local\/)?(?:lib|go)\/|java\/|javax\/|jdk\/|sun\/|com\/sun\/|kotlin\/|kotlinx\/|org\/junit\/|System\/)|\/lib\/python[\d.]+\/|\/go\d?[\d.]*\/src\/(?:runtime|net|testing|reflect)\//;
/** What a build puts where the sources were. */
const BUILT = /^(?:dist|build|out|lib|target|esm|cjs)$/;
const SOURCES_OF_BUILT: Readonly<Record<string, readonly string[]>> = {
  js: ["ts", "tsx", "jsx"],
  mjs: ["mts", "ts"],
  cjs: ["cts", "ts"],
};

/**
 * Frames below node_modules and the like are ignored, except those in the package that this repository is: libraries get
 * their traces from where somebody has installed them.
 */
export function createFrameResolver(view: EngramView, paths: readonly string[], resolver: PathResolver): FrameResolver {
  const own = ownPackage(view, paths);
  const inTree = new Set(paths);

  function sourcesOf(path: string, line: number | null): { path: string; line: number | null }[] {
    const asWritten = resolver.resolve(path, leastCommon(path));
    if (asWritten.length > 0) return asWritten.map((found) => ({ path: found, line }));
    // A compiled file has other lines than its source.
    const [, stem = "", extension = ""] = /^(.*)\.(\w+)$/.exec(path) ?? [];
    const stems = [
      stem,
      stem
        .split("/")
        .map((folder) => (BUILT.test(folder) ? "src" : folder))
        .join("/"),
    ];
    const sources = (SOURCES_OF_BUILT[extension] ?? []).flatMap((source) => stems.map((one) => `${one}.${source}`));
    for (const source of sources) {
      const found = resolver.resolve(source, leastCommon(source));
      if (found.length > 0) return found.map((one) => ({ path: one, line: null }));
    }
    return [];
  }

  return {
    resolve({ path, line }) {
      const inside = PACKAGE.exec(path)?.groups?.["inside"];
      if (inside !== undefined && !inTree.has(path.replace(/^\.?\//, ""))) {
        const candidates = own(inside).filter((candidate) => inTree.has(candidate));
        return candidates.slice(0, 1).map((candidate) => ({ path: candidate, line }));
      }
      return RUNTIME.test(path) ? [] : sourcesOf(path, line);
    },
    isInstalled: (path) => PACKAGE.test(path) || RUNTIME.test(path),
  };
}

/** A file name alone is no sign where a path is given; a trace from elsewhere may hold the same name. */
function leastCommon(path: string): number {
  return path.replace(/^(?:\.{0,2}\/|[A-Za-z]:\/)+/, "").includes("/") ? 2 : 1;
}

/** Paths in the tree that a path inside of an installed package would have, if the package is this repository. */
function ownPackage(view: EngramView, paths: readonly string[]): (inside: string) => string[] {
  const javascript = nameIn(view, "package.json", /"name"\s*:\s*"([^"]+)"/);
  const php = nameIn(view, "composer.json", /"name"\s*:\s*"([^"]+)"/);
  const rust = nameIn(view, "Cargo.toml", /^\s*name\s*=\s*"([^"]+)"/m);
  const go = nameIn(view, "go.mod", /^module\s+(\S+)/m);
  const gems = paths.flatMap((path) => /^([^/]+)\.gemspec$/.exec(path)?.[1] ?? []);
  const versioned = [...gems, ...(rust === null ? [] : [rust])];

  return (inside) => {
    const [first = "", second = "", ...rest] = inside.split("/");
    const below = [second, ...rest].join("/");
    const found: string[] = [];
    if (first === javascript) found.push(below);
    if (`${first}/${second}` === javascript || `${first}/${second}` === php) found.push(rest.join("/"));
    if (versioned.some((name) => first.replace(/-\d[\w.+-]*$/, "") === name)) found.push(below);
    const goVersion = /^(.+?)@v[^/]+\/(.+)$/.exec(inside);
    if (go !== null && goVersion?.[1] === go) found.push(goVersion[2] ?? "");
    // Python installs the folder with the package's name itself.
    if (below !== "") found.push(inside, `src/${inside}`, `lib/${inside}`);
    return found;
  };
}

function nameIn(view: EngramView, path: string, pattern: RegExp): string | null {
  return pattern.exec(view.text(path) ?? "")?.[1] ?? null;
}
