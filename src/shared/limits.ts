/* oxlint-disable max-lines -- one table, read by searching in it */
/**
 * Every cap in the program, in one table, each with its reason. Units stand last in the names.
 * A limit that a maintainer may change is repeated in a configuration schema with this value as its default.
 */
export const limits = {
  // --- intake -----------------------------------------------------------------------------------------------------
  /** GitHub caps webhook payloads at 25 MB; anything above is not GitHub. Checked before the signature is computed. */
  webhookBodyBytes: 25 * 1024 * 1024,
  /** GitHub closes the connection after 10 s and marks the delivery failed; the durable enqueue must end well before. */
  webhookAckMs: 8_000,
  /** GitHub redelivers within three days (seven on GHES); a delivery id is remembered for longer than either. */
  deliveryRetentionDays: 14,
  /** A comment longer than this is cut before it is parsed: GitHub's own limit of a body. */
  commentCharacters: 65_536,
  /** A command line is one line; arguments longer than this are nobody's intent. */
  commandCharacters: 2_000,
  /** Questions that one person may ask in a repository within the window, and all people together: about a conversation, and a busy day. */
  asksOfPerson: 20,
  asksOfRepository: 100,
  askWindowMs: 60 * 60_000,
  /** What people said of a pull request is kept for so long after it was closed: most that are reopened are by then. */
  closedPullDays: 30,
  /** Without a push a branch is forgotten after a quarter: the next one is then compared with what it moved from. */
  branchNoteDays: 90,
  /** Bots whose commands are heeded: whoever names more of them wants them all, and that is no list. */
  commandBots: 20,
  /** Below this a secret can be tried out offline from one signed delivery. */
  webhookSecretCharacters: 16,
  /** GitHub takes the code of a registered app for an hour, and nobody fills in a form for longer. */
  setupMs: 60 * 60_000,
  /** Characters that GitHub takes as an app's name. */
  appNameCharacters: 34,
  /** One look over the network that doctor or set-up takes: who waits for it sits before the terminal. */
  networkCheckMs: 5_000,
  /** Open connections; GitHub delivers over a few. Each may hold one body in memory. */
  serverConnections: 64,
  /**
   * GitHub repeats a failed delivery of the last three days when asked to; each is asked for so often, first so far apart and
   * then twice as far each time: for almost two days.
   */
  redeliveryDays: 3,
  redeliveries: 10,
  redeliverMs: 5 * 60_000,
  /** Pages of 100 deliveries that one look reads: three days of a busy app. */
  deliveryPages: 100,
  /** How often it is looked for what no webhook told: GitHub loses few, and each look costs requests. */
  reconcileMs: 60 * 60_000,
  /** Issues that are older are not looked for: whoever waited for so long for an answer has one. */
  reconcileIssueDays: 30,
  /** Pages of 100 that one look at a repository reads of each kind, those that changed last first. */
  reconcilePages: 10,
  /** Where polling began: commands that were given just before the first start are still answered. */
  firstPollMs: 60 * 60_000,
  /** Answers of GitHub that are kept to be asked for again at no cost, those that were used last. */
  etagsKept: 2_000,
  /** GitHub gives up on a request after 10 s; one that hears nothing for longer has a broken connection. */
  githubSilenceMs: 60_000,
  /** A repository's name is asked for again after so long: it changes rarely, and a job costs many requests anyway. */
  nameKnownMs: 60_000,
  /** Names that are known for that time: those that jobs of a busy minute have. */
  namesKnown: 1_000,
  /** Installations whose rate limits are shown, those that were used last. */
  rateLimitsKept: 1_000,
  /** Below this much room on the disk the server says that it is not ready: a repository's first engram may need it. */
  diskFreeBytes: 200 * 1024 * 1024,
  /** How often what is too old is thrown away. */
  purgeMs: 24 * 60 * 60_000,

  // --- config -----------------------------------------------------------------------------------------------------
  /** Many times the longest sensible file. */
  repositoryConfigCharacters: 65_536,
  /** Keys of YAML that are marked with `?`: nested in each other they take a time that doubles with each. */
  yamlMarkedKeys: 32,
  /** Each changed file is matched against each glob. */
  ignoreGlobs: 100,
  globCharacters: 200,
  /** Owners whose default configuration is kept, and for how long: a few requests for each job would be many. */
  organisationConfigs: 1_000,
  organisationConfigMs: 5 * 60_000,
  /** What is shown of a change of the configuration: it is read in passing. */
  configChangesShown: 20,
  configValueCharacters: 100,
  /** What a maintainer says of some files; each of these texts that fits stands in a model's prompt. */
  instructionCharacters: 1_000,
  /** Entries of one list that says which pull requests are reviewed unasked: labels, words, branches. */
  filterEntries: 50,
  /** Names of models are files' names without their ending. */
  modelNameCharacters: 200,
  /** GitHub's own limits of a label's name and of a title. */
  labelCharacters: 50,
  titleFilterCharacters: 256,
  /** The most that `review.minutes` may ask for: a job ends after 30, and fetching and publishing take their part. */
  reviewMinutesMost: 20,
  /** The most that `review.max_comments` may ask for: above it GitHub's secondary limits set in. */
  inlineCommentsMost: 50,

  // --- jobs -------------------------------------------------------------------------------------------------------
  /** A lease without a heartbeat for this long belongs to a worker that died. */
  leaseMs: 60_000,
  /** After so many tries a job is set aside and shown; more only repeats the failure. */
  jobAttempts: 5,
  /** The same while GitHub cannot be reached, which is not the job's fault: about a day. */
  outageAttempts: 100,
  /**
   * First wait before a retry, times four each time, with jitter. Octokit has tried three times by then; five tries of ours
   * last about a quarter of an hour, as long as most of GitHub's incidents.
   */
  retryFirstMs: 10_000,
  retryMaxMs: 15 * 60_000,
  /** One job may not hold its subject longer than this. */
  jobDeadlineMs: 30 * 60_000,
  /** A third of the lease: two heartbeats may be missed before another worker takes the job. */
  heartbeatMs: 20_000,
  /** A job of a repository whose mirror and engram another machine has is left to that one for so long; then anybody helps. */
  ownerMs: 20_000,
  /** The longest pause between two tries to reach Redis again: a review that waits for it is still soon. */
  redisRetryMs: 2_000,
  /** How often a worker looks for due retries and for jobs of other processes; its own process wakes it at once. */
  jobPollMs: 1_000,
  /** Without a hint from GitHub a secondary limit wants at least a minute. */
  rateLimitFirstMs: 60_000,
  /** GitHub's windows are an hour long; a longer wait is a wrong clock. */
  rateLimitMaxMs: 60 * 60_000,
  /** Time in which a triage reads what is new in the tracker: somebody waits. */
  triageSyncMs: 30_000,
  /** The same in the background; other work of a sync must fit into its deadline, too. */
  syncMs: 15 * 60_000,
  /** Running jobs may finish for this long at shutdown, then they are aborted: `docker stop` kills after 10 s. */
  drainMs: 5_000,
  /** An aborted job that has not ended by then is given up: it ignores its signal. */
  abortGraceMs: 3_000,

  // --- workspace --------------------------------------------------------------------------------------------------
  /** A git command that prints more than this is a mistake of ours (file contents are streamed, not buffered). */
  gitOutputBytes: 256 * 1024 * 1024,
  /** A fetch that hangs is ended; the job is retried. */
  gitTimeoutMs: 10 * 60_000,
  /** Kept git processes for reading objects, a few megabytes each: two for each repository of a few jobs at once. */
  objectReaders: 10,
  /** One that nobody asks ends: a review asks again within a second. */
  objectReaderIdleMs: 10_000,
  /** Blobs that are read by the kept process; more have a process of their own, whose start is nothing beside them. */
  objectsOfOneReader: 500,
  /** Entries of tree objects that are kept, about 150 bytes each: a large tree, or a mid-size one at many commits. */
  keptTreeEntries: 200_000,
  /** Files asked for in one fetch: a request of about 2 MB, and what was fetched before a failure stays. */
  fetchedBlobs: 50_000,
  /** Files of a change that are read; the rest are named as unread in the coverage block. */
  diffFiles: 3_000,
  /** Lines of a change that are read; above it the rest of the files are named as unread. */
  diffLines: 50_000,
  /** A larger file is data: its lines are not compared. */
  diffFileBytes: 1024 * 1024,
  /** Paths of a change over the limits that are handed to git as arguments: systems allow 2 MB of them. */
  diffPathBytes: 512 * 1024,
  /** Files on either side that are compared for renames; git's own default differs between its versions. */
  diffRenames: 1_000,
  /** Of `.gitattributes`: the largest public ones have some hundred. Each is matched against each changed path. */
  attributeRules: 1_000,
  /** Git itself passes over longer lines there. */
  attributeLineCharacters: 2_048,
  /** Lines and characters at a file's beginning that may say that it is generated: a licence may stand before it. */
  headerLines: 40,
  headerCharacters: 4_000,

  // --- feedback ---------------------------------------------------------------------------------------------------
  /** Findings of one repository whose answers are kept, the newest: about 2 KB each, and years of most repositories. */
  feedbackFindings: 5_000,
  /** Of each text that a finding is compared by: what it is about stands at the beginning. */
  feedbackCharacters: 4_000,
  /** People on one pull request whose role is asked for, one request each, each time it is looked at. */
  feedbackPeople: 20,

  // --- engram -----------------------------------------------------------------------------------------------------
  /** Files above this are data or generated: listed in the manifest, not indexed. GitHub does not render diffs above 500 KB either. */
  indexedFileBytes: 512 * 1024,
  /** A line longer than this is minified code: the file is listed, not indexed. */
  indexedLineCharacters: 5_000,
  /** About one screen; recall of 40-line windows beat whole files by far (docs/engram.md). */
  chunkLines: 40,
  /** A unit up to this length is one chunk, and a rest of few lines joins its neighbour: a cut there would say nothing. */
  chunkLinesMost: 48,
  /** A larger file is cut into windows: parsing it would hold everybody up for the sake of generated code. */
  parsedFileBytes: 256 * 1024,
  /** Characters of files that an open engram keeps unpacked: some hundred files, which a change has to do with. */
  keptTextCharacters: 4_000_000,
  /** Texts whose units and names are kept: those of a change, which several stages look into; some kilobytes each. */
  parsedTextsKept: 64,
  /** Characters of texts whose trees a grammar keeps, for what else is asked of a change's files; about 20 bytes each. */
  parsedTreeCharacters: 1_000_000,
  /**
   * Kilobytes that a parser may read for each one it is given, and 20 more of each file. Real files stay below 4 (Swift's
   * scanner aside, which reads ahead); a few lines can be written for which it is thousands, and minutes.
   */
  parseReadsPerKilobyte: 16,
  /** The grammars' runtime is replaced when it grew beyond: it never gives back what one odd text took. */
  parserMemoryBytes: 512 * 1024 * 1024,
  /** Children of one place that a grammar does not understand (1,001 in the worst real file); time grows with the square. */
  parseErrorChildren: 5_000,
  /** Chunks of one segment: their numbers have 16 bits. */
  segmentChunks: 65_536,
  /** Distinct tokens a chunk holds; a chunk above it is split, never cut. */
  chunkTokens: 256,
  /** Words longer than this are encoded data; they stay one token, because their parts are nobody's query. */
  splitWordCharacters: 128,
  /** Distinct tokens of one query; the heaviest are kept. More than any hunk has, and few enough for int32 sums. */
  queryTokens: 1_024,
  /** How long an update waits for another process that is writing the same engram. */
  engramLockMs: 10_000,
  /** A key file holds 32 bytes as text; what is larger was named by mistake. */
  keyFileBytes: 1_024,
  /** How often an update starts over because another process wrote the engram meanwhile. */
  engramUpdateTries: 5,
  /** A larger file is listed without its bytes, also where an engram keeps all: it is read and compressed in memory. */
  storedFileBytes: 256 * 1024 * 1024,
  /** Up to so many bytes an update is encoded before the engram is locked; a larger one is written as it is encoded. */
  heldUpdateBytes: 16 * 1024 * 1024,
  /** Pages that an update may hold before they go to the log: a first ingest touches each page of the counters again and again. */
  engramCacheBytes: 32 * 1024 * 1024,
  /** How often a file is read again that somebody writes to meanwhile. */
  fileReadTries: 3,
  /** Hits that are scored again exactly from their forward rows. */
  rerankedHits: 50,
  /** Hits that one question may ask for: more is no answer any more, and each is scored exactly. */
  hitsAsked: 1_000,
  /** Directories named by a comparison, those that changed most first. */
  directoriesCompared: 20,
  /** An original engram is read as a whole; it takes 42 bytes for each byte of its files, or 4 from the older encoder. */
  originalEngramBytes: 1024 * 1024 * 1024,
  /** Its manifest names each chunk of 8 bytes on a line of its own: twice the bytes of its files. */
  originalManifestBytes: 256 * 1024 * 1024,
  /** The larger of the two sizes that the original's programs cut files into; tables grow with it. */
  originalChunkBytes: 4_096,
  /** Bytes of files for each byte of an original engram: real ones have less than one, made-up ones would fill the disk. */
  originalExpansion: 16,

  // --- knowledge --------------------------------------------------------------------------------------------------
  /** A document's file is read as a whole; books with many pictures stay below. */
  documentBytes: 64 * 1024 * 1024,
  /** What a DOCX may unpack to without its pictures: the worst of this size takes 2 GB to read, a usual one 0.5 GB. */
  unpackedDocumentBytes: 32 * 1024 * 1024,
  /** Several times the longest book; a page takes about 10 ms. */
  documentPages: 10_000,
  /** Text of one document, also before it is converted from HTML: about 5,000 full pages. */
  documentCharacters: 16_000_000,
  /** Elements inside each other; browsers stop at 512, and each level needs a piece of the stack. */
  htmlDepth: 512,
  /** Length of lines that we break ourselves: a screen's width, so that 40 lines are a piece that one can read. */
  wrappedLineCharacters: 100,
  /** Text that is read before it is written into the engram: an update for each document would rewrite small segments. */
  documentBatchBytes: 64 * 1024 * 1024,
  /** Engrams that stay open between questions; of a million chunks (400 bytes each) two fit. */
  openEngramBytes: 1024 * 1024 * 1024,
  /** Memory of one chunk of an open engram (docs/engram.md). */
  chunkMemoryBytes: 400,
  /** Failures that are printed one by one; the rest are counted. */
  failuresNamed: 50,
  /** Lines around the best one that a hit shows on a terminal. */
  excerptLines: 5,

  // --- retrieval --------------------------------------------------------------------------------------------------
  /**
   * Commits of history that are mined; older habits say little about today's. Read from git in about a second and opened from
   * a file in a tenth of one; 4 to 6 MB there and 40 MB in memory.
   */
  historyCommits: 10_000,
  /** Commits that are read from git and kept at once: about a megabyte, and what is lost when the process is killed. */
  historyBatchCommits: 1_000,
  /** Histories that stay in memory between questions, each 20 to 60 MB. */
  openHistories: 8,
  /** Paths of which it is remembered whether somebody writes them by hand: a tree's, with room; about 100 bytes each. */
  judgedPaths: 50_000,
  /** Commits over this many files are sweeps (format, rename, licence) and teach no companionship. */
  historyFilesPerCommit: 30,
  /** Commits whose hunks are kept and searched; a fix that is older is hardly undone by accident. */
  changeCommits: 4_000,
  /** Places of one change that are looked for in the past, about 1 ms each; a change with more of them is a sweep. */
  pastHunkRuns: 300,
  /** Past hunks whose files are read to compare a change with them, the most alike first: two files each. */
  pastHunksCompared: 400,
  /** Commits that git cannot read for one update, each a new process; a repository with more of them is damaged. */
  unreadableCommits: 20,
  /** A longer hunk is a new file or a moved folder: its lines have words of their own there, and its whole is in git. */
  pastHunkLines: 400,
  /** Lines of a hunk that are longer on average than any screen are data. */
  pastHunkBytes: 65_536,
  /** A file that changes in more places at once was written by a program: a lock file, a snapshot, a format run. */
  pastHunksPerFile: 60,
  /** The same of a commit: sweeps over a whole tree take nothing back that anybody would want to hear of. */
  pastHunksPerCommit: 600,
  /** Characters of a commit message that are kept: squashed pull requests carry whole discussions. */
  commitMessageCharacters: 4_000,
  /** Edits of one change that are looked for elsewhere (5 to 10 ms each); the rest are counted as unsearched. */
  nearCopyEdits: 300,
  /** An edit with more old lines is a rewrite: aligning it is slow and finds only whole copied files. */
  nearCopyLines: 120,
  /** Words that one change replaces again and again and that are looked for elsewhere (some milliseconds each), the most frequent. */
  replacedWords: 50,
  /** Definitions removed by one change that are looked for elsewhere. */
  removedDefinitions: 300,
  /** A name that stands in more files is a common word; reading them all would take seconds. */
  filesPerName: 60,
  /** Files that use one changed name and are parsed; where more do, the build has found them. */
  danglingFiles: 20,
  /** Files whose ties one walk over the code graph asks for: a fraction of a millisecond each, and the rest gets crumbs. */
  graphPushes: 50,
  /** A name that is used in more chunks ties nothing: leaving such names out found more, at half the time. */
  graphUses: 100,
  /** What a walk leaves where it is: less than a thousandth of it changes no order that anybody looks at. */
  graphResidue: 0.001,
  /** Files whose imports are read to find who imports one: its name is a common word where more mention it. */
  graphImporters: 60,
  /** Files of one imported folder or package that are tied one by one. */
  graphPackageFiles: 30,
  /** Past commits whose messages are asked for their files to learn a floor (half a second each), and whose files are. */
  floorTexts: 60,
  floorChanges: 200,
  /** Under so many answers nothing is learnt: about 20 commits with five files each. */
  floorSamples: 100,
  /** A repository's habits change slowly: its floors are learnt anew after so long. */
  floorsMs: 21 * 86_400_000,
  /** Past pull requests that a repository's warnings are judged by, the newest; older ones tell of other habits. */
  calibratedPulls: 300,
  /** Under so many nobody knows what proves right here, and nothing stands on lines. */
  calibratedPullsLeast: 50,
  /** Those that a model reads of them: each takes it minutes, and twice calibratedPullsLeast tell enough. */
  modelCalibratedPulls: 100,
  /** Models whose record is kept of one repository: the one in use, and those that it is compared with. */
  calibratedModels: 4,
  /** Warnings of one band: a bound over fewer says nothing either way. */
  calibratedWarningsLeast: 10,
  /** Warnings that `assistant replay` lists in a terminal; the page has them all. */
  replayedShown: 15,
  /** As with floors. */
  calibrationMs: 21 * 86_400_000,
  /** Time that one sync may spend on judging; the next one goes on. */
  calibrateMs: 5 * 60_000,
  /** Chunks of the engram that floors are learnt with in memory; above it the defaults stand. */
  floorChunks: 100_000,
  /** Files of a change, those with the most changed lines, and places in each whose past is looked up with git blame (20 ms, or 200 in old files). */
  blamedFiles: 4,
  blamedRangesPerFile: 12,
  /** Answers about the past of a file that are kept in memory, some hundred bytes each. */
  blamesKept: 500,
  /** Lines of versions of files that blame keeps in memory, four bytes each. */
  versionLinesKept: 2_000_000,
  /** Files that a commit took away which are compared with one that it added; folders that are read to find them. */
  renameCandidates: 50,
  renameFolders: 3_000,
  /** Commits whose removed files are kept in memory, some thousands of paths each at most. */
  removedFilesKept: 8,
  /** Blame reads a file's whole past; on the few files where that is slow, the answer is not worth the wait. */
  blameMs: 3_000,
  /** Pull requests that are read, the newest by number: all of most repositories, and years of the busiest. */
  pullsRead: 10_000,
  /** Own commits of one pull request; GitHub lists no more either. What has more is a branch that was kept for long. */
  pullCommits: 250,
  /** Files of one pull request that are kept, and up to which its lines are read: what has more is a sweep. */
  pullFiles: 300,
  /** Files on either side that are compared for renames with changed contents; time grows with the square. */
  pullRenames: 100,
  /** Places of one file that a pull request touches; in what has more, the place says nothing. */
  pullRanges: 100,
  /** Pull requests in a row of which git lacks a file: after so many it lacks files in general, as a mirror without blobs does. */
  pullReadFailures: 5,
  /** Pull requests that are compared and written together: an interrupted first reading goes on from there. */
  pullsWritten: 500,
  /** Repositories whose commit graph stays in memory between readings, about 10 MB each: reading it anew takes half a second. */
  pullGraphs: 4,
  /** Characters of an issue that are read for paths and names: long logs repeat themselves. */
  issueCharacters: 20_000,
  /** Past review comments shown with a change: more would be read by nobody. */
  pastReviews: 3,
  /** Hunks of one change, the largest first, that past review comments are looked for (about 1 ms each). */
  pastReviewHunks: 100,
  /** What is quoted of a comment: its point stands at the beginning. */
  quotedCommentCharacters: 400,
  quotedCommentLines: 6,
  /** Issues looked at for similar ones while no issue index exists. */
  issuesListed: 300,
  /** Issues and pull requests remembered of one repository, those that changed last: duplicates are rarely older. About 60 MB. */
  trackedIssues: 20_000,
  /** Comments remembered beside them, ten for each: about 200 MB, where there are so many. */
  trackedComments: 200_000,
  /** Review comments remembered: what was said years ago was said about other code. */
  trackedReviewComments: 50_000,
  /** A comment far down in a new file comes with the whole file above it; about 200 lines before the comment say enough. */
  reviewedHunkCharacters: 8_000,
  /** Pages of 100 that one sync reads of each kind: all of them are a fifth of the requests that GitHub allows in an hour. */
  trackerPages: 300,
  /** Share of an hour's requests that reading a whole repository leaves to a service with the same credentials. */
  requestsLeftToOthers: 0.2,
  /** Timelines that one sync reads, one request each; the rest is for the next one. */
  linksRead: 200,
  /** Pages of one issue's timeline: a thousand events. A longer one is a crowd, and its fix stands elsewhere as well. */
  timelinePages: 10,
  /**
   * Trackers that are kept open, those that were used last: each has three files, 0.4 MB, and an index of all its issues in
   * memory; whoever reads one that is let go keeps it for as long.
   */
  openTrackers: 50,
  /** How far before its mark a sync begins: GitHub's lists come from copies that lag by seconds. */
  trackerOverlapMs: 60_000,
  /** Issues of an exported tracker that is read as a whole: the largest public ones of one project; about 400 MB. */
  exportedIssues: 200_000,
  /** One line of it: an issue with a few hundred comments of the longest kind. */
  exportedLineCharacters: 20_000_000,
  /** Numbers tried for one that still exists, to find out where to begin in a large repository. */
  beginningTries: 20,
  /** Passes over entries that changed in the same second, until two agree: an entry that changes meanwhile moves the others. */
  tiedPasses: 10,
  /** An issue that closes this soon after a pull request that names it was merged was closed by it; GitHub does not say so. */
  closedByMergeMs: 60_000,
  /** Other repositories that one may be shown code of: who may read each of them is asked for every run. */
  evidenceRepositories: 20,
  /** Readers of one repository that are compared with those of another: a hundred requests. */
  readersCompared: 10_000,

  // --- edits ------------------------------------------------------------------------------------------------------
  /** Blocks of one answer: a model that writes more is repeating itself. */
  editsOfAnswer: 30,
  /** Files of one change, and bytes of one: what a person reads in one pull request, and what GitHub shows of a file. */
  editedFiles: 20,
  editedFileBytes: 500 * 1024,
  /** Systems allow a path of 4,096 bytes, and the folder of the repository stands before it. */
  editPathCharacters: 512,
  /** A longer file is not written anew as a whole: models leave parts out from about a hundred lines on. */
  wholeFileLines: 400,
  /** Lines of a file that are searched for likely ones, and lines of what is looked for: their product is the work. */
  searchedLines: 5_000,
  nearestLines: 20,
  /** Commands that check a change: linting, building, testing and a few more; each may take minutes. */
  implementCommands: 8,
  /** Attempts at one change: small models gain by the first retry and little by further ones. */
  implementRounds: 3,
  /** Places that a model chooses from, and files whose code it is shown at once: long prompts make answers worse. */
  implementPlaces: 5,
  implementFiles: 3,
  /** Lines of a definition or file that is written anew; longer ones are changed by search and replace. */
  rewrittenLines: 150,
  /** Characters of refused edits and of a command's output that go back to the model: its errors stand at the end. */
  repairCharacters: 2_400,
  /** Points of a request, and passages that its plan quotes: a plan is read before it is agreed to. */
  planPoints: 12,
  planPassages: 4,

  // --- tasks ------------------------------------------------------------------------------------------------------
  /** Issues that one change is held against, points of each, lines of the change for a point; and what is read of a text. */
  linkedIssues: 3,
  compliancePoints: 12,
  complianceEvidence: 2,
  issueLines: 500,
  issueLineCharacters: 500,
  /** SARIF files: GitHub takes 10 MB packed, 20 runs and 25,000 results a run; a text of one is shown in part. */
  sarifCharacters: 50_000_000,
  sarifRuns: 20,
  sarifResults: 25_000,
  sarifTextCharacters: 65_536,
  /** Of one review; whoever has more of them runs the linter. */
  linterFindings: 20,
  linterMessageCharacters: 1_000,
  /** Rules of one file, and characters of one of its lines: the longest known file has about 150 rules of any kind. */
  writtenRules: 200,
  ruleLineCharacters: 2_000,
  /** A longer file of rules is a book; folders of a change that are asked for one, those nearest the root first. */
  ruleFileBytes: 256 * 1024,
  ruleFolders: 200,
  /** Files that are read to see whether a repository keeps a rule, of those that hold its longest word. */
  rulesSampledFiles: 60,
  /** Comments a review may post on lines; people stop reading long before. */
  inlineComments: 10,
  /** GitHub heeds no larger CODEOWNERS. */
  codeOwnersBytes: 3 * 1024 * 1024,
  /** Owners named in one line of the evidence sheet. */
  codeOwnersNamed: 5,
  /** Stars that stand for a secret, whatever its length. */
  maskCharacters: 12,
  /** Of comments on lines, so many must be right: below it people stop reading them. */
  inlinePrecision: 0.7,
  /** Related findings shown in the summary. */
  summaryFindings: 3,
  /** Evidence entries shown under one comment. */
  evidencePerFinding: 5,
  /** Suspect files and similar issues named by a triage: a list that nobody reads to its end helps nobody. */
  suspects: 5,
  similarIssues: 3,
  /** The nearest among which the first of those that say the same is looked for. */
  similarSearched: 20,
  /** Open issues of which a dry run says what it would say, the newest: a table that is read to its end. */
  suggestedIssues: 30,
  /** Waited for what the issues of an export mean, where one text is asked: about 200 issues; a batch waits for all. */
  exportMeaningsMs: 20_000,
  /** Earlier issues that a batch ranks for each: whoever scores it looks at the first ten or twenty. */
  rankedIssues: 100,
  /** Past issues, the newest, by which it is learnt when labels and duplicates were right: about 5 ms each. */
  replayedIssues: 1_000,
  /** What was learnt of them holds for a day. */
  triageLessonsMs: 24 * 60 * 60_000,
  /** So much larger a past teaches anew before that: the first triage of a repository may find it half read. */
  triageGrowth: 1.1,
  /** Share of a label's suggestions that were right in the past, for it to be named: a wrong one costs a maintainer more than a missing one. */
  labelPrecision: 0.9,
  /** Issues with labels that teach which words go with them, the newest: habits change, and a second is long enough. */
  labelledIssues: 5_000,
  /** Nearest issues that are asked for labels; some have none. */
  labelNeighbours: 30,
  /** Labels named for one issue, and issues named for each: a maintainer looks at them in passing. */
  labelsNamed: 3,
  labelEvidence: 3,
  /** Labels that a model chooses from, and characters of the issue that it reads for it: what an issue is about stands first. */
  labelsAsked: 8,
  labelBodyCharacters: 2_000,
  /** Templates for issues that are read, and bytes of one: GitHub's own longest example has 2 kB. */
  issueForms: 30,
  issueFormBytes: 64 * 1024,
  /** Of what an issue does not tell, lines shown; and characters of a field's name. */
  missingShown: 6,
  fieldNameCharacters: 120,
  /** Of a comment that names what an issue repeats: whoever does so says it at once. */
  duplicateCharacters: 2_000,
  /** Days of grace before a duplicate may be closed: a week-end must fit in; longer than a season is never. */
  duplicateDaysLeast: 3,
  duplicateDaysMost: 90,
  /** What was fixed longer ago, and is reported again, may be back: until then the reporter may have an old version. */
  fixIsNewsMs: 30 * 24 * 60 * 60_000,
  /** Files of past fixes whose versions are fetched to cite their lines. */
  fixedFiles: 50,
  /** Findings that a model words for the report. */
  wordedFindings: 3,
  /** Parts of a change, the largest first, that related code is looked for. */
  relatedTiles: 4,
  /** Estimated tokens of evidence in one prompt: with the hunk it stays well below `contextTokens`. */
  evidenceTokens: 1_000,
  /** Evidence entries in one prompt: small models get worse with more (docs/models.md). */
  evidencePerPrompt: 2,
  /** Entries of one kind on the evidence sheet: it is read in passing. */
  sheetEntries: 3,
  /** Lines of code quoted from one place. */
  quotedLines: 20,
  /** Lines of one hunk in one prompt: with evidence it stays below half of `contextTokens`. */
  tileLines: 80,
  /** The same in characters, one beyond ASCII counting as the bytes it has: what is dense has two characters to a token. */
  tileCharacters: 5_000,
  /** Remarks that a model may make on one part: the ones it would begin with, and an answer of a bounded length. */
  remarksPerTile: 2,
  /** Characters of what a model copies, says, and puts in the place of lines: whoever says more says nothing. */
  quoteCharacters: 160,
  claimCharacters: 140,
  scenarioCharacters: 200,
  replacementCharacters: 240,
  /** Tokens of an answer on one part: two remarks of the full length, dense code having two characters to a token. */
  remarkTokens: 700,
  /** Tokens of an answer that copies a line. */
  quoteTokens: 120,
  /** What maintainers say of a file's path, all texts together, in one prompt. */
  promptInstructionCharacters: 2_000,
  /** Lines before and behind a quoted line that a second look is shown. */
  secondLookLines: 20,
  /** Newest commits of a file that tell how often it was mended. */
  riskCommits: 20,
  /** Time a review may take; what is ready then is published and the rest named. */
  reviewBudgetMs: 5 * 60_000,

  /** A task is one request in words; a longer text is material and belongs into an engram. */
  taskCharacters: 4_000,
  /** Passages in one prompt: a small model gets worse with more, and a person checks no more citations. */
  passages: 12,
  /** Tokens of passages in one prompt: a small model reads them in 10 to 20 s on two cores, and one of 7B in a minute or two. */
  passageTokens: 1_600,
  /** Commits, and issues, of a repository among them: code is what most questions are about. Characters of an issue's text. */
  pastPassages: 2,
  pastPassageCharacters: 2_000,
  /** Engrams and collections of one question: each is opened and searched. */
  passageSources: 20,
  /** A statement that a model makes: longer ones say several things, which one citation does not bear out. */
  statementCharacters: 300,
  /** Statements of one part of an answer, and the passages that each may rest on: a small model fills what it is given. */
  statements: 5,
  statementSources: 3,
  /** Tokens of an answer in statements. */
  statementTokens: 700,
  /** Lines quoted where no model answers. */
  quotedAnswers: 6,
  /** Documents side by side where no model compares them, and lines of each: a page. */
  comparedDocuments: 5,
  comparedQuotes: 2,
  /** Tokens of code in one answer: a file of about 150 lines; more than that no small model keeps together. */
  codeTokens: 1_536,
  /** Tokens of a design: it goes into the prompt that the code is written from. */
  designTokens: 400,
  /** Errors of a parser that are named: the first explains most of those that follow. */
  syntaxProblems: 5,
  /** An OpenAPI document is read as a whole; the largest public ones have about 10 million characters and 1,000 operations. */
  specificationCharacters: 16_000_000,
  specificationOperations: 2_000,
  /** References that lead to references, and schemas inside of each other: more is a circle. */
  specificationReferences: 20,
  specificationDepth: 20,
  /** Questions that the HTTP interface answers at once: each holds engrams open and waits for one model. */
  assistantRequests: 4,
  /** Of a file's, collection's or session's name in a request; the longest path that Linux takes. */
  apiNameCharacters: 4_096,
  /** When whoever was refused may come again: about what one short answer takes. */
  assistantRetryAfterMs: 5_000,
  /** Turns of a conversation that are kept, and characters of one: what is older is no part of a prompt anyway. */
  sessionTurns: 50,
  sessionTurnCharacters: 8_000,
  /** Whoever holds a conversation's lock for longer has died: a turn is written in milliseconds. */
  sessionLockMs: 10_000,
  /** Earlier questions on a page that a new one goes on from, and characters of each answer: a quarter of a small prompt. */
  conversationTurns: 4,
  /** Words of its own with which a question in a review thread is looked for beyond its lines, too. */
  threadQuestionWords: 2,
  conversationCharacters: 1_200,
  /** Lines of a definition that an explanation quotes: its comment and its head; the rest is one click away. */
  explainedLines: 12,
  /** Definitions of a file that an explanation lists: an outline, no index. */
  outlinedUnits: 12,

  // --- model ------------------------------------------------------------------------------------------------------
  /** Time in which the vector of an issue must come that somebody waits for; else its words alone decide. Loading included. */
  encodeWaitMs: 20_000,
  /** Vectors of issues that one job computes, in time, and how many are saved at once: then others have their turn. */
  embedSliceMs: 20_000,
  embedBatch: 16,
  /** Tokens of a text that an encoder reads: all-MiniLM-L6-v2 was trained on no longer ones. */
  encodedTokens: 256,
  /** Characters that hold them: words of a token each have about 6. */
  encodedCharacters: 8_000,
  /** Tokens of one prompt with its answer: small models lose the thread beyond, and memory grows with it. */
  contextTokens: 4_096,
  /** Prefill slice between two looks at the abort signal: an abort is not seen inside a slice. */
  prefillSliceTokens: 128,
  /** Requests that compute at once over all models; each is a place in the core budget's shared memory. */
  computingRequests: 128,
  /** Grammars of answers kept by a loaded model, some 10 kB each: the tasks have about as many shapes. */
  grammarsKept: 32,
  /** Texts whose tokens one model counts at once, beside its requests: each takes milliseconds. */
  tokenCounts: 64,
  /** Requests that wait for one model; beyond it the caller is told "busy". */
  modelQueue: 64,
  /** A request that takes longer is cancelled. */
  modelRequestMs: 3 * 60_000,
  /** How long a model is waited for that has to make room for another: as long as one request may take. */
  modelRoomMs: 3 * 60_000,
  /** A server that did not answer is asked again after so long: asking may take seconds each time. */
  serverRetryMs: 10_000,
  /** The GPU driver's tool answers in tens of ms, and hangs where the driver does. */
  gpuQueryMs: 5_000,
  /** Adapters laid over one model: each is computed for every token. */
  loraAdapters: 8,
  /** Memory of a loaded model beside weights and cache: a thread with its own heap (110 MB measured) and compute buffers. */
  modelOverheadBytes: 256 * 1024 * 1024,
  /** The model hub must answer this fast to be tried; the next source is usually at hand. */
  hubReachableMs: 4_000,
  /** A download without a byte for this long is given up. */
  downloadStallMs: 60_000,
  /** A download that takes longer than this is given up: 5 GB at 1.5 MB/s. */
  downloadMs: 60 * 60_000,
  /** A download that was interrupted can be resumed for so long; then the next one removes what is left of it. */
  downloadLeftoverMs: 7 * 24 * 3_600_000,
  /** Tries in a row that bring nothing; each that brings a byte begins the count anew. */
  downloadAttempts: 5,
  /** First wait before a download is tried again, doubled each time, with jitter. */
  downloadRetryMs: 1_000,
  /** A server that asks for a longer wait has no time for us today. */
  downloadRetryMaxMs: 60_000,
  /** Hops from a hub to the host that keeps the file: two are usual. */
  downloadRedirects: 5,
  /** Space that a download leaves on the disk: others write there too. */
  downloadSpareBytes: 256 * 1024 * 1024,

  /** Tries after the first one for errors that pass: three waits last about two seconds, as long as a server takes to restart a worker. */
  modelRetries: 3,
  modelRetryFirstMs: 250,
  /** A back end that asks for a longer wait is passed over. */
  modelRetryMostMs: 10_000,
  /** A second try after an unusable answer: enough that another one comes out, and little enough that it keeps to the prompt. */
  retryTemperature: 0.3,
  /** A back end is left alone after so many failures in a row, or when more than this share of the last requests failed. */
  circuitFailures: 4,
  circuitFailureShare: 0.5,
  circuitSample: 20,
  /** Then one request tries whether it is back: a server restarts and loads its model in that time. */
  circuitOpenMs: 30_000,
  /** A group that could not be opened is not tried again by requests for as long: that may read gigabytes each time. */
  reopenMs: 30_000,
  /** Latencies that percentiles are told of: the last hour of a busy back end. */
  latenciesKept: 200,
  /** Characters of a task that are read to classify it: what is wanted stands at the beginning. */
  classifiedCharacters: 2_000,
  /** A task that is less clear than this is not routed by itself: below it every fourth guess is wrong (docs/models.md). */
  routeConfidence: 0.6,

  /** Parts of one past pull request that a model is measured on: the riskiest; a large one must not take the whole time. */
  qualifiedParts: 4,
  /** One case of a qualification: longer than a review would wait, since it is asked what a model says and not how fast. */
  qualificationMs: 15 * 60_000,
  /** The test of one edit of a qualification: it takes less than a second, and a compiler on a busy machine some more. */
  qualifiedEditMs: 2 * 60_000,

  /** Commits, and pull requests, that a data set is made of. */
  datasetRead: 10_000,
  /** Files of one commit that make examples: a commit of more is a sweep through the repository. */
  datasetCommitFiles: 8,
  /** Places of one file that an example changes, and edits that it names. */
  datasetHunks: 4,
  /** Similar places that a conversation about a change shows. */
  datasetEvidence: 2,
  /** Of one conversation: about 6,000 tokens of question and 2,000 of answer, what a small model is taught on at once. */
  datasetPromptCharacters: 24_000,
  datasetAnswerCharacters: 8_000,
  datasetRequestCharacters: 2_000,
  /** From this share of an answer's lines on, an earlier part has answered it already. */
  datasetRepeatShare: 0.8,

  /** Answers of models that are remembered: some hundred pull requests, about 10 MB. */
  answersKept: 20_000,

  /** A server beyond the network that does not take a connection this fast is not there. */
  httpConnectMs: 10_000,
  /** The same for a question that needs no model: what it serves, how many tokens a text has. */
  httpAskMs: 30_000,
  /** A server that wrote a piece goes on writing; reading another one's long prompt holds it up for a while. */
  httpStallMs: 60_000,
  /** The longest that Node's timers can wait: requests have time limits of their own. */
  httpLongestMs: 2 ** 31 - 1,
  /** What one answer of a server may have; the longest that anybody asks for has a hundredth. */
  httpAnswerCharacters: 4_000_000,
  /** Requests that one server is sent at once, where the configuration does not say. */
  httpSlots: 4,
  /** When to ask a busy server again that does not say, and the latest that it may say. */
  httpRetryAfterMs: 5_000,
  httpRetryAfterMaxMs: 10 * 60_000,
  /** What a server's error is quoted with; some repeat the prompt. */
  serverMessageCharacters: 300,

  // --- api --------------------------------------------------------------------------------------------------------
  /** A prompt of 128 K tokens has half a megabyte; what is much larger would only be refused after it was parsed. */
  apiBodyBytes: 8 * 1024 * 1024,
  /** More than may wait for a model, so that who is one too many is told "busy" and not cut off. */
  apiConnections: 256,
  /** Below this a token can be guessed. */
  apiTokenCharacters: 16,
  /** Whoever sends slower only holds a connection. */
  apiHeadersMs: 10_000,
  apiRequestMs: 30_000,
  /** How long the rest of a refused body is read, so that the refusal arrives before the connection is closed. */
  apiDiscardMs: 2_000,
  /** Tokens of an answer whose length the caller leaves open. */
  apiAnswerTokens: 1_024,
  /** Texts that end an answer, and continuations that are weighed at once: each costs for every token. */
  apiStops: 16,
  apiContinuations: 256,
  /** The schema of a review has a hundredth; a grammar is several times its schema. */
  apiSchemaCharacters: 65_536,

  // --- sandbox ----------------------------------------------------------------------------------------------------
  /** One command of a repository. Test suites take minutes; what takes longer is not asked for three times in a row. */
  sandboxRunMs: 10 * 60_000,
  /** The most minutes that anybody may configure for one command: a job of the service ends after thirty. */
  commandMinutesMost: 25,
  /** A command that hung gets so many times what it takes where it ends, and never less than a busy machine may need. */
  hungCommandTimes: 4,
  hungCommandMs: 60_000,
  /** All processes of one sandbox together: a build and its tests, beside a model and the service. Never over half the machine. */
  sandboxMemoryBytes: 4 * 1024 ** 3,
  /** Processes and threads: a test runner has a dozen threads for each worker, and a worker for each core. */
  sandboxProcesses: 1_024,
  /** What a build and its tests may leave on the disk. */
  sandboxDiskBytes: 4 * 1024 ** 3,
  /** Files that a sandbox may add to a file system, whatever their size: file systems end with their inodes, too. */
  sandboxFiles: 500_000,
  /** Descriptors that one process may have open. */
  sandboxOpenFiles: 8_192,
  /** Shared memory is charged to no process; as much as Docker gives. */
  sandboxSharedMemoryBytes: 64 * 1024 ** 2,
  /** A sandbox ends when the machine has less left, whoever took it. */
  sandboxMachineMemoryBytes: 256 * 1024 ** 2,
  sandboxMachineDiskBytes: 512 * 1024 ** 2,
  /** How often its use is summed. Memory grows by some hundred megabytes in between. */
  sandboxWatchMs: 150,
  /** How often a copy is summed where nothing points to growth: reading a large tree takes a second. */
  sandboxDiskEveryMs: 5_000,
  /** Of one command's output, for people and for a model; the start holds the first error, the end the summary. */
  sandboxOutputBytes: 64 * 1024,
  /** Lines that read like errors, and what is shown of each. */
  sandboxErrorLines: 20,
  sandboxErrorCharacters: 300,
  /** After it the start of a sandbox has failed: a container's engine may have to wake up first. */
  sandboxProbeMs: 60_000,
  /** All packages of a lock file: thousands for a large application, over a slow line. */
  dependencyInstallMs: 20 * 60_000,
  /** Lock files whose packages are kept, some hundred megabytes each; and how long after its last use each is at least. */
  dependencyFolders: 10,
  dependencyKeepMs: 24 * 60 * 60_000,
  /** Requirements that include one another. */
  requirementFiles: 20,
  /** Packages without a wheel that an installation is made without; each costs another run of pip, and with more little would work. */
  absentWheels: 10,
  /** A lock file is read as a whole: those of the largest public projects have a few megabytes. */
  lockFileBytes: 16 * 1024 * 1024,
  /** Hosts of packages, and folders of tools: a few of each. */
  sandboxRegistries: 20,
  sandboxTools: 20,
  /** Folders of a killed process that nobody can ask for are removed after it: no job lasts for hours. */
  scratchFolderMs: 24 * 60 * 60_000,
  /** After a sandbox was killed, for its processes to be gone and their last output to be read. */
  sandboxDrainMs: 5_000,
  /** Less CPU time than for everybody else: the service has to answer while tests run. */
  sandboxNiceness: 10,

  // --- publish ----------------------------------------------------------------------------------------------------
  /** Before what happened is drawn into a comment: the first phases take milliseconds, and each edit is a request. */
  progressMs: 2_000,
  /** Of a branch's name behind its number: a few words of the title. */
  branchSlugCharacters: 40,
  /** Branches of earlier attempts at one issue that are looked at for one that broke off: it is the newest, as a rule. */
  attemptsLookedAt: 10,
  /** Commits that are made for a branch which moves meanwhile. */
  pushTries: 3,
  /** GitHub refuses bodies over 65,536 characters; some report 65,535. */
  bodyCharacters: 65_000,
  /** Characters of a failed command's output in a comment: without a cap a flood of it took the place of plan and patch. */
  shownOutputCharacters: 8_000,
  /** Hosts that may be linked to: an organisation's documentation, tracker and builds. */
  linkHosts: 20,
  /** A title is one line; a longer one is a text in the wrong place. */
  titleCharacters: 200,
  /** The same beside a place on a terminal, where a subject says enough. */
  terminalTitleCharacters: 80,
  /** Wait after a rate limit that names no time: GitHub asks for at least a minute. */
  rateLimitWaitMs: 60_000,
  /** Pages of 100 threads of one pull request that are looked through for ours; more than 1,000 threads nobody resolves. */
  threadPages: 10,
  /** GitHub takes so many annotations in one request. */
  annotationsPerRequest: 50,
  /** Annotations of one check run: four requests, a second apart each. */
  checkAnnotations: 200,
  /** GitHub refuses an annotation's title over 255 characters. */
  annotationTitleCharacters: 250,
  /** GitHub takes 64 KB of an annotation's text, and a character has up to four bytes. */
  annotationCharacters: 16_000,
  /** Older commits of a pull request that are looked through for check runs of ours that nothing ended, one request each. */
  orphanedHeads: 10,
  /** Pull requests named as those in which findings like the withheld ones were turned down. */
  turnedDownNamed: 3,
  /** Findings up to which a summary lists those on lines alone; more are a table of all. */
  findingsWithoutTable: 3,
  /** Folders, and files of each, that a summary names; the rest are counted. */
  walkthroughFolders: 20,
  walkthroughFiles: 8,
  /** Files named as unread in one comment; the rest are counted. */
  unreadNamed: 20,
  /** Outcome files kept for one repository; about 20 KB each. */
  outcomesKept: 500,

  // --- command line -----------------------------------------------------------------------------------------------
  /** A help text's columns where nobody says how many there are: a terminal's since the VT100. */
  plainHelpColumns: 80,
  /** The longest line of a help text on a wide terminal: eyes lose the next line's start after more. */
  helpColumns: 120,
  /** A note beside its option or command has so much room at least, or stands below it: five words. */
  helpNoteColumns: 32,

  // --- dashboard --------------------------------------------------------------------------------------------------
  /** Outcomes on the page, the newest of all repositories; each may hold some hundred lines. */
  dashboardOutcomes: 30,
  /** Months of acceptance that are drawn; the table has them all. */
  dashboardMonths: 12,
  /** Running jobs, and failed ones, on the page. */
  dashboardJobs: 50,
  /** How often an open page asks for what is new, and for how long what was looked at serves everybody who asks. */
  dashboardRefreshMs: 5_000,
  dashboardFreshMs: 2_000,
  /** Calibrations are files of up to some megabytes, which change after syncs only. */
  dashboardCalibrationMs: 60_000,
  /** Whoever signed in does so again on the next day. */
  dashboardSessionMs: 12 * 60 * 60_000,
  /** A form with one token. */
  dashboardFormBytes: 4_096,
  /** A form with a question, each character of it written as nine at most, and what goes with it. */
  dashboardQuestionBytes: 65_536,
  /** Of what is searched for: it stands in the address, whose length Node bounds; and hits of each kind. */
  dashboardSearchCharacters: 1_500,
  dashboardHits: 10,
  /** Searches at a time: each opens an engram. */
  dashboardSearches: 4,
  /** Conversations that are listed, newest first, and turns that are shown of one. */
  dashboardConversations: 50,
  dashboardTurns: 20,
} as const;
