import { openKnowledge } from "../api/open-knowledge.ts";
import { type CollectionId, collectionKey } from "../knowledge/collections.ts";
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
  return withKnowledge(directory, async (knowledge) => {
    const all = await knowledge.list();
    const names = all.flatMap(({ collection, name }) => (collection === "specifications" ? [name] : []));
    return use(sourceOf(knowledge, names, collectionOf(repository).name));
  });
}

async function withKnowledge<T>(directory: string, use: (knowledge: KnowledgeBase) => Promise<T>): Promise<T> {
  const knowledge = openKnowledge(directory);
  try {
    return await use(knowledge);
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

/**
 * Keeps the documents of a change, so that the next request is read with them.
 * @param pull the pull request that it is in; null where it was made at the command line
 * @returns the collection's key
 */
export async function rememberDocuments(
  directory: string,
  repository: RepositoryId,
  outcome: ImplementOutcome,
  pull: number | null,
): Promise<string> {
  const id = collectionOf(repository);
  const begin = pull === null ? `${outcome.base.slice(0, 12)}-` : beginOf(pull);
  const slug = outcome.title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  const text = `# ${outcome.title}\n\n${documentsText(outcome)}`;
  const name = `${begin}${slug || outcome.task}.md`;
  await withKnowledge(directory, (knowledge) =>
    knowledge.add(id, [{ name, kind: "markdown", text, pages: null, notes: [] }]),
  );
  return collectionKey(id);
}

/** Whether anything is kept that a pull request of ours was made by. */
export async function remembersPull(directory: string, repository: RepositoryId, pull: number): Promise<boolean> {
  return (await withKnowledge(directory, (knowledge) => documentsOf(knowledge, repository, pull))).length > 0;
}

/** Forgets what a pull request of ours was made by; null: what all of them were. */
export async function forgetDocuments(directory: string, repository: RepositoryId, pull: number | null): Promise<void> {
  await withKnowledge(directory, async (knowledge) => {
    const names = pull === null ? null : await documentsOf(knowledge, repository, pull);
    await knowledge.remove(collectionOf(repository), names);
  });
}

async function documentsOf(knowledge: KnowledgeBase, repository: RepositoryId, pull: number): Promise<string[]> {
  const documents = await knowledge.documents(collectionOf(repository));
  return documents.map(({ name }) => name).filter((name) => name.startsWith(beginOf(pull)));
}

function beginOf(pull: number): string {
  return `pull-${pull}-`;
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
