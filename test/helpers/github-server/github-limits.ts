/** GitHub's own caps, as its documentation and its error messages give them. Ours are in src/shared/limits.ts. */
export const githubLimits = {
  bodyCharacters: 65_536,
  /** A webhook receiver that takes longer is cut off and the delivery marked failed. */
  webhookTimeoutMs: 10_000,
  /** Installation access tokens live for one hour. */
  tokenMs: 60 * 60_000,
  /** An App's JWT may not live longer. */
  jwtSeconds: 600,
  /** Requests an hour for one installation. */
  requestsPerHour: 5_000,
  pageItems: 30,
  pageItemsMax: 100,
  /** Items of a list of issues that pages count; beyond, only cursors go. */
  countedItems: 10_000,
  /** Above either, the diff media type of a pull request answers 406. */
  diffFiles: 300,
  diffLines: 20_000,
  /** Files that `GET /pulls/{n}/files` lists over all pages. */
  listedFiles: 3_000,
  /** A file above either comes without its `patch`. */
  patchBytes: 500 * 1024,
  patchLines: 20_000,
  /** Commits that `GET /pulls/{n}/commits` and compare list. */
  listedCommits: 250,
  /** Above this the contents API answers with an empty `content` and encoding "none". */
  contentBytes: 1024 * 1024,
  /** Commits named in a push payload. */
  pushCommits: 2_048,
} as const;
