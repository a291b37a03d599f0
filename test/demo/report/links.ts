import { citationKey, type ReportData } from "../report-data.ts";

/** Where a link of a comment leads inside the page. */
export type Target = { kind: "anchor"; href: string } | { kind: "unresolved" } | { kind: "elsewhere" };

export interface CitedFile {
  commit: string;
  path: string;
  text: string;
  /** First and last line of every citation of this file, in the order of citing. */
  ranges: [first: number, last: number][];
  /** Id of its section; its lines are `ID-L10`. */
  id: string;
}

/** Turns links into anchors, and remembers which lines were cited for the appendix. */
export interface LinkMap {
  resolve: (url: string) => Target;
  /** In the order of first citing. */
  citedFiles: () => CitedFile[];
}

export function createLinkMap(data: ReportData): LinkMap {
  const cited = new Map<string, CitedFile>();
  const anchors = pageAnchors(data);
  const page = new RegExp(`^https?://[^/]+/${data.repository.owner}/${data.repository.name}/`, "i");

  function resolve(url: string): Target {
    if (!page.test(url)) return { kind: "elsewhere" };
    const target = url.replace(page, "");
    const blob = /^blob\/([^/]+)\/([^#]+)#L(\d+)(?:-L(\d+))?$/.exec(target);
    if (blob) {
      const [, commit = "", path = "", first = "", last = first] = blob;
      return cite(commit, decodePath(path), Number(first), Number(last));
    }
    const anchor = anchors.get(target);
    return anchor === undefined ? { kind: "elsewhere" } : { kind: "anchor", href: `#${anchor}` };
  }

  function cite(commit: string, path: string, first: number, last: number): Target {
    const key = citationKey(commit, path);
    const text = data.citations.get(key);
    if (text === undefined || first < 1 || last < first || last > countLines(text)) return { kind: "unresolved" };
    const file = cited.get(key) ?? { commit, path, text, ranges: [], id: `cited-${cited.size + 1}` };
    file.ranges.push([first, last]);
    cited.set(key, file);
    return { kind: "anchor", href: `#${file.id}-L${first}` };
  }

  return { resolve, citedFiles: () => [...cited.values()] };
}

/** What else of the repository has its place on this page, by the path of its GitHub page. */
function pageAnchors({ pull, pushes, issue, reviewComments, issueComments }: ReportData): Map<string, string> {
  const pages = (number: number): string[] => [`pull/${number}`, `issues/${number}`];
  return new Map([
    ...pages(pull.number).map((page) => [page, "conversation"] as const),
    ...pages(issue.number).map((page) => [page, "issue"] as const),
    ...pushes.map(({ head }) => [`commit/${head}`, `push-${head}`] as const),
    ...reviewComments.map(({ id }) => [`pull/${pull.number}#discussion_r${id}`, `discussion_r${id}`] as const),
    ...issueComments.flatMap(({ id, subject }) =>
      pages(subject).map((page) => [`${page}#issuecomment-${id}`, `issuecomment-${id}`] as const),
    ),
  ]);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a broken encoding names no file, and the citation stays unresolved
  }
}

function countLines(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}
