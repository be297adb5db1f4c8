/**
 * Every limit of the product, in one table. Sizes are bytes, times are milliseconds, unless the name says otherwise.
 * Shown in the documentation; a request beyond one is refused with a code, never cut silently.
 */
export const limits = {
  /** Largest JSON body of an API request. */
  bodyBytes: 1_048_576,
  /** Deepest nesting of a JSON body. */
  bodyDepth: 64,
  /** Largest page of any list. */
  pageSize: 100,
  /** Page size when none is asked for. */
  pageSizeDefault: 20,
  /** Largest YAML file of a pipeline. Reading YAML takes some microseconds a byte; a larger document travels as JSON. */
  yamlBytes: 262_144,
  /** Characters in one message to the assistant. */
  messageChars: 8_000,
  /** Proposals of one tenant in any 60 minutes. */
  proposalsPerHour: 100,
  /** Attempts at one proposal, the first included. */
  proposalAttempts: 3,
  /** Time for one proposal, all attempts together. */
  proposalMs: 120_000,
  /** Characters of a refused answer that the model is shown again, and of a rationale. */
  proposalAnswerChars: 20_000,
  /** Operations of a refused patch that are kept, and characters of them together. */
  refusedOperations: 1_000,
  refusedChars: 262_144,
  /** Files named in one message to the assistant that are looked into. */
  proposalFiles: 8,
  /** Most that an administrator may set as a tenant's proposals in any 60 minutes. */
  proposalsPerHourMax: 10_000,
  /** Things that one message to the assistant may point at, and the length of one's name. */
  mentions: 50,
  mentionChars: 300,
  /** Rows that one message to the assistant may take along, and characters of each. */
  samples: 5,
  sampleChars: 2_000,
  /** Earlier decisions about a pipeline that the assistant is told. */
  pastDecisions: 10,
  /** Characters that they may take of a prompt, all together. */
  pastDecisionChars: 4_000,
  /** The latest decisions about a pipeline among which those are looked for. */
  decisionsConsidered: 40,
  /** The latest failed runs of a pipeline that the assistant may be told of. */
  failedRunsTold: 3,
  /** Messages of a conversation that a follow-up is told, the latest ones. */
  followUpMessages: 5,
  /** Longest a try of a provider of language models may take. */
  aiTestMs: 45_000,
  /** Failed sign-ins per address and account in any 15 minutes. */
  signInFailures: 10,
  signInWindowMs: 15 * 60_000,
  /** A sign-in link works once, for this long. */
  signInLinkMs: 60 * 60_000,
  /** A browser session. */
  sessionSeconds: 7 * 24 * 3600,
  /** Nodes in one pipeline. */
  irNodes: 500,
  /** Characters of one expression. */
  expressionChars: 4_000,
  /** Depth of one expression's syntax tree. */
  expressionDepth: 64,
  /** Quarantined rows are deleted after this many days. */
  quarantineDays: 30,
  /** Rows kept in quarantine for one run; beyond it they are counted and the run says so. */
  quarantineRowsPerRun: 100_000,
  /** Rows that one replay takes on; the others wait for the next. */
  replayRows: 10_000,
  /** Longest line of a CSV or JSON Lines file. */
  lineBytes: 16 * 1_048_576,
  /** Rows that a table browser shows at once. */
  browseRows: 500,
  /** Resolving a name and connecting, for any outside system. */
  connectMs: 10_000,
  /** A run whose worker has not been heard of for this long is taken over. */
  heartbeatMs: 10_000,
  /** Runs that one worker process executes side by side; of one pipeline never more than one. */
  runsPerWorker: 2,
  /** Runs of one tenant that are under way at once, on all workers together, where its administrator sets no other number. */
  runsAtOnce: 10,
  /** Most that an administrator may set for it. */
  runsAtOnceMax: 1_000,
  /** A run whose worker died more often than this fails instead of being taken over again. */
  workerLosses: 3,
  /** Wait before the second attempt of a failed run; with exponential back-off it doubles, up to the maximum. */
  runRetryMs: 5_000,
  runRetryMaxMs: 10 * 60_000,
  /** Longest a run may take, in seconds. */
  runSeconds: 24 * 3600,
  /** How long a worker that was asked to stop waits for its runs to let go. */
  workerStopMs: 15_000,
  /** Requests under way when the server is told to stop get this long to end. */
  drainMs: 10_000,
  /** Files that one source may read in one run. */
  filesPerSource: 10_000,
  /** Files of one run that are moved at once. */
  filesMovedAtOnce: 8,
  /** Days for which it is kept where the files of a failed run went, so that trying it again finds them. */
  takenFilesDays: 30,
  /** Bytes of a file that are looked at to tell its columns. */
  inspectBytes: 262_144,
  /** Longest end of a Parquet file, in which its columns are told, that a look into it reads. */
  inspectFooterBytes: 16 * 1_048_576,
  /** Largest first group of rows of a Parquet file that is read to show a few of them. */
  inspectGroupBytes: 32 * 1_048_576,
  /** Rows that a dry run reads of each source. */
  previewRows: 1_000,
  /** Bytes of text that a dry run reads of each source, where its rows are long. */
  previewBytes: 32 * 1_048_576,
  /** First groups of rows of a Parquet file that a dry run reads, or a whole packed one. */
  previewGroupBytes: 256 * 1_048_576,
  /** Characters of one value that a dry run shows. */
  previewValueChars: 2_000,
  /** Dry runs under way in one process; others wait. */
  previewsAtOnce: 4,
  /** Rows of each node that a dry run shows. */
  previewSample: 20,
  /** Time for a dry run. */
  previewMs: 10_000,
  /** Memory that the engine of one run may use before it writes to disk. */
  engineBytes: 128 * 1_048_576,
  /** Memory of a tenant's embedded warehouse: with half of it, the join of an upsert of a million rows went to disk, at six times the time. */
  warehouseBytes: 256 * 1_048_576,
  /** Longest record of a delimited file: a row with the line ends inside its quotes. */
  csvRecordBytes: 16 * 1_048_576,
  /** How often a run tells how far it is. */
  progressMs: 500,
  /** Characters of an id in an event or an object. */
  idChars: 256,
  /** One event, also a line of a stream of them. */
  eventBytes: 1_048_576,
  /** Deepest nesting of an event. */
  eventDepth: 32,
  /** One batch of events, as an array or `{events}`. A stream of lines has no such limit. */
  batchBytes: 10 * 1_048_576,
  batchEvents: 10_000,
  /** Events of a stream that are committed together, at most. */
  chunkEvents: 1_000,
  /** From so many events committed together on, COPY writes them. */
  copiedEvents: 200,
  /** Events (and their bytes) that wait to be committed; beyond it the answer is 503. */
  queuedEvents: 8_192,
  queuedBytes: 64 * 1_048_576,
  /** Events (and their bytes) that are committed in one transaction; a group that came together stays together. */
  flushEvents: 1_000,
  flushBytes: 16 * 1_048_576,
  /** Bytes of the id of an object that a caller writes; longer ones do not fit into an index. */
  objectIdBytes: 2_048,
  /** Warnings that the answer to one event carries. */
  warnings: 32,
  /** Causes that one event may name. */
  causalRefs: 1_000,
  /** A body that stands still for this long is given up. */
  bodyIdleMs: 30_000,
  /** A body that is no stream of lines arrives within this time. */
  bodyMs: 5 * 60_000,
  /** How long a key that was looked up is trusted without looking again; a revoked one is refused after it. */
  keyTrustMs: 1_000,
  /** Events in one page of the tail. */
  tailPage: 1_000,
  /** Bytes of payload in one page of the tail, and of one step of a replay. */
  tailBytes: 8 * 1_048_576,
  /** Events that one page of a filtered tail looks at. */
  tailWindow: 20_000,
  /** How long a stream of the tail lasts before its reader has to come back, and be asked again who it is. */
  tailStreamMs: 10 * 60_000,
  /** Characters of a query of memory. */
  queryChars: 2_000,
  /** Characters of a memory that can be found by their words. */
  indexedChars: 100_000,
  /** Memories that one lookup of a query finds at most: the newest. */
  queryCandidates: 2_000,
  /** Of all that its lookups find, those with the most telling words that a query reads and ranks. */
  queryExamined: 600,
  /** Edges told with one memory. */
  memoryEdges: 500,
  /** Characters of a text that its vector is made of: what models with 8,192 tokens take. */
  embeddedChars: 8_000,
  /** Texts that are sent to an embedding model at once. */
  embeddedTexts: 64,
  /** How long a query waits for its vector, and for the memories near it; without them it answers by words. */
  nearMs: 1_500,
  /** How long the embedding model may take for a batch of memories. */
  embedMs: 60_000,
  /** Memories that a query finds by meaning, at most. */
  nearCandidates: 50,
  /** Names of streams that are looked through, when some are chosen by words. */
  discoveredNames: 20_000,
  /** Streams in one page of a catalogue. */
  discoverPage: 50,
  /** Longest a page of a catalogue, or the first rows of a stream, may take. */
  discoverMs: 30_000,
  /** First rows of a stream that are shown before anything is saved. */
  previewStreamRows: 5,
  /** Longest a check of a connection may take, all stages together. */
  checkMs: 30_000,
  /** Streams that one conversation may set up. */
  pickedStreams: 200,
  /** Bytes of one message to the set-up agent. */
  setupMessageBytes: 65_536,
  /** Messages of one conversation. */
  setupMessages: 1_000,
  /** Messages of one tenant in any 60 minutes that the model is asked about, where the rules do not understand them. */
  setupModelPerHour: 500,
  /** A conversation ends after so long without a message; what was entered is shredded. */
  setupIdleMs: 24 * 3600_000,
  /** That a conversation has expired, and no more, is remembered for so long. */
  setupExpiredMs: 7 * 24 * 3600_000,
  /** How often conversations that ended are cleared away. */
  setupEvictMs: 5 * 60_000,
  /** Conversations under way, in the whole deployment and of one tenant. */
  setupSessions: 10_000,
  setupSessionsPerTenant: 2_000,
  /** How long a worker may answer for a conversation before another one may take it over; renewed meanwhile. */
  setupLeaseMs: 15_000,
  /** How long the model may take to say what a message means; without it the rules decide alone. */
  setupModelMs: 8_000,
  /** A transfer that stands still for this long is taken for dropped. */
  transferIdleMs: 30_000,
  /** Bytes of a page that lists the files of a web folder. */
  folderPageBytes: 8 * 1_048_576,
  /** Lines of a run's log that one request looks at. */
  logLinesSearched: 20_000,
  /** Longest that a look for files may take. */
  lookMs: 30_000,
  /** Looks for files under way in one worker, and of one tenant. */
  looksAtOnce: 16,
  looksPerTenant: 4,
  /** A file that was found is looked at again after this time: unchanged, it has arrived. */
  standStillMs: 60_000,
  /** A due time that lies this far back was missed, not late. */
  scheduleGraceMs: 60_000,
  /** Runs of one schedule that may wait where each missed time gets its own. */
  missedRuns: 100,
  /** Times that one backfill makes up for. */
  backfillRuns: 1_000,
  /** Channels of one tenant, and pipelines that one of them may be limited to. */
  channels: 50,
  channelPipelines: 200,
  /** Mailboxes that one channel writes to. */
  channelMailboxes: 20,
  /** How long a receiver of a message may take, all stages together. */
  noticeMs: 15_000,
  /** Runs under way whose beginning is looked at for collectors of lineage at once. */
  startsNoted: 500,
  /** Largest event of lineage that tells where each column comes from; a larger one tells of the tables alone. */
  lineageEventBytes: 1_048_576,
  /** Channels that one process sends through side by side. */
  noticesAtOnce: 16,
  /** Longest that a receiver may put off the next attempt. */
  noticeRetryAfterMs: 6 * 3600_000,
  /** What goes on being wrong is told again after so long; each time twice as long, up to the maximum. */
  noticeAgainMs: 3600_000,
  noticeAgainMaxMs: 24 * 3600_000,
  /** Messages that were taken or given up are deleted after this many days. */
  deliveryDays: 30,
  /** Messages of a channel that are shown. */
  deliveriesShown: 50,
  /** Columns that an error or a warning about a changed source tells of. */
  driftColumns: 2_000,
  /** Changes of a followed table, and bytes of their text, that are applied at once. */
  changesAtOnce: 50_000,
  changeBytesAtOnce: 24 * 1_048_576,
} as const;
