import type { UpdateOptions } from "../engram/engram.ts";
import { createExclusive } from "../shared/exclusive.ts";
import {
  checkScopes,
  type CollectionId,
  collectionKey,
  isCollectionKey,
  parseCollectionId,
  type Scope,
} from "./collections.ts";
import { addDocuments, type AddReport, removeDocuments, useEngram, type WriteState } from "./change-engram.ts";
import { type CollectionSummary, type DocumentSummary, summarise, summariseCollection } from "./summarise.ts";
import type { QueryTokens } from "./joint-scores.ts";
import { type KnowledgeHit, searchEngrams } from "./search-engrams.ts";
import type { TextDocument } from "./text-document.ts";

/** Documents by collection, each collection's NAME one engram. The engram holds the only copy of a document's text. */
export interface KnowledgeBase {
  /** Documents of the same name are replaced, others stay. Errors: AssistantError `knowledge-busy`. */
  add(id: CollectionId, documents: readonly TextDocument[], options?: UpdateOptions): Promise<AddReport>;
  /**
   * @param names null removes the whole collection, also one that cannot be read
   * @returns the names that are gone, or null where there is no such collection
   */
  remove(id: CollectionId, names: readonly string[] | null): Promise<string[] | null>;
  /** All collections that hold anything, by their keys. */
  list(): Promise<CollectionSummary[]>;
  documents(id: CollectionId): Promise<DocumentSummary[]>;
  search(query: string, options: KnowledgeSearchOptions): Promise<KnowledgeHit[]>;
  /** Opens these ahead, as far as memory allows. @returns those that are open then */
  preload(ids: readonly CollectionId[]): Promise<string[]>;
  close(): void;
}

export interface KnowledgeSearchOptions {
  k: number;
  scopes: readonly Scope[];
  /** HOST/OWNER/NAME on whose behalf is searched: private collections of any other are refused. */
  repository: string | null;
}

export interface KnowledgeBaseOptions extends WriteState {
  tokensOf: (query: string) => QueryTokens;
}

export function createKnowledgeBase(options: KnowledgeBaseOptions): KnowledgeBase {
  const { store, folder, engrams, tokensOf } = options;
  const withLock = createExclusive();

  async function list(): Promise<CollectionSummary[]> {
    const found: CollectionSummary[] = [];
    for (const key of folder.keys().filter(isCollectionKey)) {
      found.push(await summariseCollection(options, parseCollectionId(key)));
    }
    return found;
  }

  async function search(query: string, { k, scopes, repository }: KnowledgeSearchOptions): Promise<KnowledgeHit[]> {
    checkScopes(scopes, repository);
    const keys = folder.keys().filter((key) => scopes.some((scope) => isIn(key, scope)));
    return searchEngrams((key, run) => useEngram(options, key, run), keys, query, tokensOf, k);
  }

  return {
    list,
    search,
    add: (id, documents, updateOptions) =>
      withLock(collectionKey(id), () => addDocuments(options, collectionKey(id), documents, updateOptions)),
    remove: (id, names) => withLock(collectionKey(id), () => removeDocuments(options, collectionKey(id), names)),
    documents: (id) => useEngram(options, collectionKey(id), summarise),
    preload: (ids) => engrams.preload(ids.map(collectionKey)),
    close() {
      engrams.close();
      store.close();
    },
  };
}

function isIn(key: string, { collection, name }: Scope): boolean {
  return name === null ? key.startsWith(`${collection}/`) : key === `${collection}/${name}`;
}
