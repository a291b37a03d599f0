import { AssistantError } from "../shared/errors.ts";

/** Open to whoever may use this assistant. */
export const sharedCollections = ["projects", "specifications", "research", "references"] as const;
/** Of one repository each: what is in them may be told to its readers alone. */
export const privateCollections = ["issues", "reviews"] as const;

export type Collection = (typeof sharedCollections)[number] | (typeof privateCollections)[number];

/** One engram of the knowledge base: NAME of a shared collection, or HOST/OWNER/NAME of a private one. */
export interface CollectionId {
  collection: Collection;
  name: string;
}

export function collectionKey({ collection, name }: CollectionId): string {
  return `${collection}/${name}`;
}

/**
 * `research/papers`, or `issues/github.com/owner/name`. Names are lower-cased, as the folders under ASSISTANT_HOME are.
 * Errors: AssistantError `bad-collection`.
 */
export function parseCollectionId(text: string): CollectionId {
  const [first = "", ...rest] = text.toLowerCase().split("/");
  const collection = parseCollection(first);
  const wanted = isPrivate(collection) ? 3 : 1;
  if (rest.length === wanted && rest.every((part) => /^(?!\.)[\w.-]+$/.test(part))) {
    return { collection, name: rest.join("/") };
  }
  throw badCollection(
    `"${text}" names no collection`,
    `Name it ${collection}/${isPrivate(collection) ? "HOST/OWNER/NAME" : "NAME"}.`,
  );
}

/** Errors: AssistantError `bad-collection`. */
export function parseCollection(text: string): Collection {
  const all: readonly Collection[] = [...sharedCollections, ...privateCollections];
  const found = all.find((collection) => collection === text);
  if (found !== undefined) return found;
  throw badCollection(`"${text}" is no collection`, `Take one of ${all.join(", ")}.`);
}

/** A scope of a search: a shared collection with all its names, or one of them, or a private one of one repository. */
export interface Scope {
  collection: Collection;
  /** Null: all names. */
  name: string | null;
}

/**
 * Errors: AssistantError `bad-collection`; also for a private collection without a repository, for there is no search over
 * several repositories' private collections.
 */
export function parseScope(text: string): Scope {
  if (!text.includes("/")) {
    const collection = parseCollection(text.toLowerCase());
    if (!isPrivate(collection)) return { collection, name: null };
  }
  return parseCollectionId(text);
}

/** The repository (HOST/OWNER/NAME) whose readers alone may see what is in this scope, or null. */
export function scopeRepository({ collection, name }: Scope): string | null {
  return isPrivate(collection) ? name : null;
}

/** The shared collections, which are searched where nothing else is said. */
export const sharedScopes: readonly Scope[] = sharedCollections.map((collection) => ({ collection, name: null }));

/**
 * Whether a search on behalf of `repository` may read what the scopes name.
 * Errors: AssistantError `foreign-collection` for a private collection of another repository.
 */
export function checkScopes(scopes: readonly Scope[], repository: string | null): void {
  for (const { collection, name } of scopes) {
    if (!isPrivate(collection) || (name !== null && name === repository?.toLowerCase())) continue;
    const whose = repository === null ? "no repository" : repository;
    throw new AssistantError(`${collection}/${name ?? ""} is private, and this search is for ${whose}`, {
      code: "foreign-collection",
      remedy: "Search the private collections of one repository at a time.",
    });
  }
}

/** Whether a key of a store is one of ours: other files may lie in the folder. */
export function isCollectionKey(key: string): boolean {
  try {
    return collectionKey(parseCollectionId(key)) === key;
  } catch {
    return false;
  }
}

function isPrivate(collection: Collection): boolean {
  return privateCollections.some((other) => other === collection);
}

function badCollection(message: string, remedy: string): AssistantError {
  return new AssistantError(message, { code: "bad-collection", remedy });
}
