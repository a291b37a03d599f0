/** TYPE FILE: what research answers. */
import type { ModelIdentity, Qualification } from "../../model/model.ts";
import type { Passage } from "../ask/passage.ts";

export const researchFormats = ["answer", "summary", "comparison", "bibliography", "report"] as const;
export type ResearchFormat = (typeof researchFormats)[number];

/** One sentence with the passages that bear it out. */
export interface Statement {
  sentence: string;
  /** Ids of passages. */
  sources: string[];
  /** Of a quotation, the lines in its document that it stands in. */
  lines?: { startLine: number; endLine: number };
}

export interface AnswerPart {
  /** Null where the answer has one part. */
  title: string | null;
  statements: Statement[];
}

/** What a model wrote and code kept back. */
export interface DroppedStatement extends Statement {
  reason: string;
}

export interface ResearchAnswer {
  task: string;
  format: ResearchFormat;
  /**
   * `model`: checked sentences of a model; `quoted`: lines of the passages themselves; `listed`: a bibliography, which needs
   * neither; `nothing`: no passage bears on the task.
   */
  how: "model" | "quoted" | "listed" | "nothing";
  /** Why it is not `model`; null where it is or need not be. */
  why: string | null;
  parts: AnswerPart[];
  dropped: DroppedStatement[];
  /** What was cited; for a bibliography all that was found. */
  passages: Passage[];
  /** Who wrote, also where nothing of it was kept; null where no model was asked. */
  model: (ModelIdentity & { qualification: Qualification }) | null;
}
