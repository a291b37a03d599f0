import type { Evidence } from "../../retrieval/evidence.ts";
import { openCodeGraph } from "../../retrieval/graph/open-code-graph.ts";
import { localise, type Suspect } from "../../retrieval/localise.ts";
import { limits } from "../../shared/limits.ts";
import { isWorthNaming } from "../triage/worth-naming.ts";
import type { AskInput } from "./ask-input.ts";

/** Places in the code that a text may be about, as far as something speaks for them; best first. */
export async function suspectsOf(
  { title, body }: { title: string; body: string },
  { view, units, past, subject, historyOf }: AskInput,
): Promise<(Pick<Suspect, "path" | "symbol"> & { evidence: Evidence })[]> {
  const issue = { number: subject?.number ?? null, title, body };
  const sources = { view, history: past.history, graph: openCodeGraph(view) };
  await units.prepare(view.paths());
  const options = { k: limits.suspects, citeCommit: (path: string) => historyOf(path).at, units };
  const asked = { text: `${title}\n${body}`.slice(0, limits.issueCharacters), view, floor: past.floors.localisation };
  return localise(issue, sources, options).filter((suspect) => isWorthNaming(suspect, asked));
}
