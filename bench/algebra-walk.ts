import { changeVector, linesOfChange } from "../src/engram/algebra/change-vector.ts";
import { notChangedThere } from "../src/engram/algebra/not-changed-there.ts";
import { cosine, textVector } from "../src/engram/algebra/token-vector.ts";
import type { Encoder } from "../src/engram/encode.ts";
import type { EngramView } from "../src/engram/engram.ts";
import { layChangeOver } from "../src/engram/lay-change-over.ts";
import { createMemoryEngramStore } from "../src/engram/memory-engram-store.ts";
import { gitText } from "../src/shared/git.ts";
import { readChange } from "../src/workspace/read-change.ts";

export interface WalkFigures {
  commits: number;
  queries: number;
  different: number;
  /** Changes that a commit makes in two files alike: is the second found from the first? */
  left: { n: number; ours: number; plain: number };
}

/** Two hunks change the same where their vectors are this much alike. */
const alike = 0.8;

/**
 * The newest commits, each as an overlay on its parent: the answers have to be those of an engram of the joint tree. On the
 * way, commits that change two files alike say what "changed here, not there" should find.
 */
export async function measureWalk(encoder: Encoder, gitDir: string, quick: boolean): Promise<WalkFigures> {
  const count = quick ? 6 : 60;
  const args = ["log", "--first-parent", "--min-parents=1", "--format=%H %P", `--max-count=${count}`, "HEAD"];
  const commits = (await gitText(gitDir, args)).split("\n").toReversed();
  const [base, joint] = [createMemoryEngramStore(), createMemoryEngramStore()];
  const figures: WalkFigures = { commits: 0, queries: 0, different: 0, left: { n: 0, ours: 0, plain: 0 } };
  for (const line of commits) {
    const [head = "", parent = ""] = line.split(" ");
    const change = await readChange(gitDir, parent, head);
    const { engram: before } = await base.update("base", gitDir, parent);
    const { engram: after } = await joint.update("joint", gitDir, head);
    const overlay = await layChangeOver(before, change, gitDir);
    const hunks = linesOfChange(change);
    const texts = hunks.slice(0, 10).map(({ removed, added }) => [...removed, ...added].join("\n"));
    const message = await gitText(gitDir, ["log", "-1", "--format=%B", head]);
    for (const query of [message, ...texts]) {
      figures.queries++;
      if (answers(overlay, query) !== answers(after, query)) figures.different++;
    }
    lookForTwins(encoder, before, hunks, figures.left);
    figures.commits++;
    before.close();
    after.close();
  }
  base.close();
  joint.close();
  return figures;
}

function answers(view: EngramView, query: string): string {
  return JSON.stringify([view.search(query, { k: 20 }), view.search(query, { k: 20, paths: false })]);
}

function lookForTwins(
  encoder: Encoder,
  before: EngramView,
  hunks: ReturnType<typeof linesOfChange>,
  left: WalkFigures["left"],
): void {
  const known = hunks
    .filter(({ path, removed }) => removed.length > 0 && before.file(path) !== null)
    .slice(0, 100)
    .map((hunk) => ({ hunk, delta: changeVector(encoder, [hunk]) }))
    .filter(({ delta }) => delta.tokens.length >= 5);
  const asked = new Set<string>();
  for (const { hunk, delta } of known) {
    const twins = known.filter((one) => one.hunk.path !== hunk.path && cosine(one.delta, delta) >= alike);
    if (twins.length === 0 || asked.has(hunk.path)) continue;
    asked.add(hunk.path);
    const wanted = new Set(twins.map((one) => one.hunk.path));
    const elsewhere = { k: 5, filter: (path: string) => path !== hunk.path };
    left.n++;
    const found = notChangedThere(before, delta, elsewhere);
    if (found.some(({ path }) => wanted.has(path))) left.ours++;
    const plain = before.searchVector(textVector(encoder, hunk.removed.join("\n")), elsewhere);
    if (plain.some(({ path }) => wanted.has(path))) left.plain++;
  }
}
