/** TYPE FILE of the dashboard: what can be searched and asked, and what comes back. All text in it is untrusted. */
import type { OnEvent } from "../tasks/ask/events.ts";
import type { FoundPassage, Passage } from "../tasks/ask/passage.ts";
import type { Turn } from "../tasks/ask/turn.ts";
import type { ResearchAnswer } from "../tasks/research/answer.ts";

/** Where questions are answered. Errors: AssistantError `unknown-source`, and what is said at the methods. */
export interface Desk {
  sources: () => Promise<DeskSource[]>;
  /** Errors: `assistant-busy`. */
  search: (source: string, text: string, signal: AbortSignal) => Promise<DeskFound>;
  /**
   * Sentences of a model that has qualified for wording, each with what bears it out; otherwise quotations, which need none.
   * Errors: `assistant-busy`, `model-busy`; the signal's reason.
   */
  ask: (question: DeskQuestion, options: { signal: AbortSignal; onEvent?: OnEvent }) => Promise<ResearchAnswer>;
  /** Newest first. */
  conversations: () => Conversation[];
  /** Oldest first. None where there is no such conversation. */
  turns: (conversation: string, signal: AbortSignal) => Promise<ShownTurn[]>;
  forget: (conversation: string) => Promise<boolean>;
}

export interface DeskSource {
  /** HOST/OWNER/NAME of a repository, COLLECTION/NAME of the knowledge base. */
  name: string;
  kind: "repository" | "collection";
}

export interface DeskFound {
  files: FoundPassage[];
  /** Repositories only, and only where their past is kept. */
  commits: FoundPassage[];
  issues: FoundPassage[];
  ms: number;
}

export interface DeskQuestion {
  source: string;
  text: string;
  /** A name that `isConversation` takes. */
  conversation: string;
}

export interface Conversation {
  name: string;
  /** Its first question. */
  title: string;
  /** Of the newest turn, ISO 8601. */
  at: string;
  turns: number;
}

export interface ShownTurn extends Turn {
  /** What it cited, as it stands now; a passage without text is gone from there. */
  cited: Passage[];
}

/** Conversations of the dashboard are kept beside those of the command line, which are not shown here. */
export function isConversation(name: string): boolean {
  return /^dashboard-[a-z0-9-]{1,50}$/.test(name);
}
