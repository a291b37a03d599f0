import { openKnowledge } from "../api/open-knowledge.ts";
import type { CollectionId } from "../knowledge/collections.ts";
import type { KnowledgeBase } from "../knowledge/knowledge-base.ts";
import type { ImplementOutcome } from "../publish/implement-outcome.ts";
import { type RepositoryId, repositoryKey } from "../shared/repository.ts";
import type { PassageSource } from "../tasks/ask/passage.ts";

/** Plans of implementations: each repository's lie in a collection of their own, and are read for that repository alone. */
const ownPrefix = "implemented.";

/** The specifications that a repository's requests are read with, for as long as `use` takes; null where there are none. */
export async function withSpecifications<T>(
  directory: string,
  repository: RepositoryId,
  use: (source: PassageSource | null) => Promise<T>,
): Promise<T> {
  const knowledge = openKnowledge(directory);
  try {
    const all = await knowledge.list();
    const names = all.flatMap(({ collection, name }) => (collection === "specifications" ? [name] : []));
    return await use(sourceOf(knowledge, names, collectionOf(repository).name));
  } finally {
    knowledge.close();
  }
}

function sourceOf(knowledge: KnowledgeBase, names: readonly string[], own: string): PassageSource | null {
  const readable = names.filter((name) => !name.startsWith(ownPrefix) || name === own);
  if (readable.length === 0) return null;
  const scopes = readable.map((name) => ({ collection: "specifications", name }) as const);
  return {
    async search(question, k) {
      const hits = await knowledge.search(question, { k, scopes, repository: null });
      return hits.map(({ collection, ...hit }) => ({ ...hit, source: collection, revision: "" }));
    },
  };
}

/** Keeps the documents of a change that was made, so that the next request is read with them. @returns the collection's key */
export async function rememberDocuments(
  directory: string,
  repository: RepositoryId,
  outcome: ImplementOutcome,
): Promise<string> {
  const id = collectionOf(repository);
  const subject = outcome.number === null ? outcome.base.slice(0, 12) : `issue-${outcome.number}`;
  const slug = outcome.title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  const text = `# ${outcome.title}\n\n${documentsText(outcome)}`;
  const knowledge = openKnowledge(directory);
  try {
    await knowledge.add(id, [
      { name: `${subject}-${slug || outcome.task}.md`, kind: "markdown", text, pages: null, notes: [] },
    ]);
  } finally {
    knowledge.close();
  }
  return `${id.collection}/${id.name}`;
}

/** All phases as one Markdown text. */
export function documentsText({ documents }: Pick<ImplementOutcome, "documents">): string {
  return documents
    .map(({ phase, markdown }) => `## ${phase[0]?.toUpperCase()}${phase.slice(1)}\n\n${markdown}`)
    .join("\n");
}

function collectionOf(repository: RepositoryId): CollectionId {
  const name = `${ownPrefix}${repositoryKey(repository).replaceAll("/", ".")}`.toLowerCase().replace(/[^\w.-]+/g, "-");
  return { collection: "specifications", name };
}
