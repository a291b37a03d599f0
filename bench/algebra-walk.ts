import { changeVector, linesOfChange, plainSides } from "../src/engram/algebra/change-vector.ts";
import { notChangedThere } from "../src/engram/algebra/not-changed-there.ts";
import { cosine, negate, textVector } from "../src/engram/algebra/token-vector.ts";
import type { Encoder } from "../src/engram/encode.ts";
import type { Engram, EngramView } from "../src/engram/engram.ts";
import { layChangeOver } from "../src/engram/lay-change-over.ts";
import { createMemoryEngramStore } from "../src/engram/memory-engram-store.ts";
import { gitText } from "../src/shared/git.ts";
import { readChange } from "../src/workspace/read-change.ts";

export interface WalkFigures {
  commits: number;
  queries: number;
  different: number;
  /** Changes made in two files alike: is the other found first, by ours, by the removed lines alone, by −Δ alone? */
  left: { n: number; ours: number; plain: number; positive: number };
}

/** Two hunks change the same where their vectors are this much alike. */
const alike = 0.8;
/** Changes of one commit that are asked for, so that a sweep does not decide the figure. */
const twinsOfCommit = 5;

/**
 * The newest commits, each as an overlay on its parent: the answers have to be those of an engram of the joint tree. On the
 * way, commits that change two files alike say what "changed here, not there" should find.
 */
export async function measureWalk(encoder: Encoder, gitDir: string, quick: boolean): Promise<WalkFigures> {
  const count = quick ? 6 : 60;
  const args = ["log", "--first-parent", "--min-parents=1", "--format=%H %P", `--max-count=${count}`, "HEAD"];
  const commits = (await gitText(gitDir, args)).split("\n").toReversed();
  const [base, joint] = [createMemoryEngramStore(), createMemoryEngramStore()];
  const figures: WalkFigures = { commits: 0, queries: 0, different: 0, left: { n: 0, ours: 0, plain: 0, positive: 0 } };
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
    await lookForTwins(encoder, { before, after }, hunks, figures.left);
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

/** The joint tree with one of two files that were changed alike as it was before: is it found from the other's change? */
async function lookForTwins(
  encoder: Encoder,
  { before, after }: Record<"before" | "after", Engram>,
  hunks: ReturnType<typeof linesOfChange>,
  left: WalkFigures["left"],
): Promise<void> {
  const known = hunks
    .filter(({ path, removed }) => removed.length > 0 && before.text(path) !== null && after.text(path) !== null)
    .slice(0, 100)
    .map((hunk) => ({ hunk, delta: changeVector(encoder, [hunk]) }))
    .filter(({ delta }) => delta.tokens.length >= 3);
  const asked = new Set<string>();
  for (const { hunk, delta } of known) {
    const twin = known.find((one) => one.hunk.path !== hunk.path && cosine(one.delta, delta) >= alike);
    if (twin === undefined || asked.has(hunk.path) || asked.size >= twinsOfCommit) continue;
    asked.add(hunk.path);
    const { path } = twin.hunk;
    const view = await after.overlay(new Map([[path, before.text(path)]]), "partly");
    const elsewhere = { k: 1, filter: (one: string) => one !== hunk.path };
    left.n++;
    if (notChangedThere(view, plainSides(encoder, [hunk]), elsewhere)[0]?.path === path) left.ours++;
    const plain = view.searchVector(textVector(encoder, hunk.removed.join("\n")), elsewhere);
    if (plain[0]?.path === path) left.plain++;
    if (view.searchVector(negate(delta), elsewhere)[0]?.path === path) left.positive++;
  }
}
