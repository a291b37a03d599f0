import { openKnowledge } from "../api/open-knowledge.ts";
import { findHome, prepareHome } from "../config/home.ts";
import type { KnowledgeBase } from "../knowledge/knowledge-base.ts";

/** Runs with the knowledge base of this machine. */
export async function withKnowledge<T>(run: (knowledge: KnowledgeBase) => Promise<T>): Promise<T> {
  const home = findHome(process.env);
  prepareHome(home);
  const knowledge = openKnowledge(home.knowledge);
  try {
    return await run(knowledge);
  } finally {
    knowledge.close();
  }
}
