/** The word that the edits understand, and other words and turns for it. Names are never taken for one of them. */
export const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  remove: [
    ..."get rid of,kick out,throw out,throw away,strip out,strip off,take out,leave out,cut out,weed out,toss out".split(
      ",",
    ),
    ..."toss,ditch,eliminate,erase,lose,purge,exclude,omit,discard,skip,ignore,scrap".split(","),
  ],
  mask: "black out,blank out,obfuscate,obscure,conceal,censor,anonymise,anonymize,anonymised,hide".split(","),
  hash: "pseudonymise,pseudonymize,sha256-hash,one-way hash".split(","),
  deduplicate: "dedup,de-dup,dedupe,de-dupe,de-duplicate,deduping,deduplicating".split(","),
  duplicates: "dupes,dups,doubles,repeats,duplicate rows,duplicate records".split(","),
  lowercase: "lower case,lower-case,make lowercase,downcase".split(","),
  uppercase: "upper case,upper-case,make uppercase,upcase,all caps,all-caps".split(","),
  upsert: "up-sert,merge mode,upsert mode,upserts".split(","),
  "truncate the table":
    "wipe the table,clear the table,empty the table,overwrite the table,flush the table".split(","),
  "instead of": ["rather than", "in place of", "as opposed to"],
  "switch to": "go back to,go for,move over to,change over to,revert to".split(","),
  "run it":
    "kick it off,kick off,fire it,launch it,schedule a run,run this thing,run the thing,have it run".split(
      ",",
    ),
  "move it": ["shift it", "push it", "reschedule it", "move the run"],
  by: ["based on", "according to", "identified by", "keyed by", "matching on", "going by"],
  with: ["w/", "using", "by means of"],
  and: ["as well as", "along with", "together with", "&"],
  "and then": ["after that", "afterwards", "subsequently", "next up", "followed by"],
  column: "colum,col,attribute,field".split(","),
  columns: "cols,attributes,fields".split(","),
  rows: "records,lines,entries".split(","),
  warn: "a warning,give a warning,raise a warning,log a warning,alert me,let me know,just warn,only warn".split(
    ",",
  ),
  abort: "break off,bail out,blow up,crash,halt,break".split(","),
  missing: ["not there", "not given", "not filled in", "absent"],
  required: ["mandatory", "obligatory", "compulsory"],
  "the dlq": "the dead letter queue,the dead-letter queue,dead letter queue,dead letters,dlq".split(","),
  latest: ["most recent"],
  "is present": ["is there", "is filled", "is given"],
  "full reload": ["full load", "complete reload", "reload everything"],
  "make sure": [
    "set up a check that",
    "add a check that",
    "add a rule that",
    "create a check that",
    "i expect that",
  ],
  "every day": ["each day", "day by day"],
  concat: ["concatenate", "combine", "glue together", "string together"],
};

/** Contractions and what is left out in haste, in full. */
export const SHORT: Readonly<Record<string, string>> = {
  dont: "don't",
  doesnt: "doesn't",
  didnt: "didn't",
  cant: "can't",
  wont: "won't",
  isnt: "isn't",
  arent: "aren't",
  shouldnt: "shouldn't",
  mustnt: "mustn't",
  whats: "what is",
  "what's": "what is",
  lets: "let's",
  "it's": "it is",
  "they're": "they are",
  thats: "that is",
  "that's": "that is",
  im: "i am",
  pls: "please",
  plz: "please",
  thx: "thanks",
  ty: "thanks",
  u: "you",
  "mo-fr": "mon-fri",
  "mo - fr": "mon-fri",
  twice: "2 times",
  thrice: "3 times",
};

/** What is done, as it is said of a column or a table: "email should be masked". */
export const DONE: Readonly<Record<string, string>> = {
  masked: "mask",
  redacted: "redact",
  hidden: "mask",
  anonymised: "mask",
  anonymized: "mask",
  obfuscated: "mask",
  hashed: "hash",
  pseudonymised: "hash",
  pseudonymized: "hash",
  dropped: "drop",
  removed: "drop",
  trimmed: "trim",
  lowercased: "lowercase",
  uppercased: "uppercase",
  renamed: "rename",
  cast: "cast",
  converted: "cast",
  rounded: "round",
  split: "split",
};
export const LOADED: Readonly<Record<string, string>> = {
  appended: "append",
  upserted: "upsert",
  merged: "upsert",
  truncated: "truncate",
  emptied: "truncate",
  wiped: "truncate",
  cleared: "truncate",
  overwritten: "truncate",
  replaced: "truncate",
};

/** Words before a colon that say what a request is about, and nothing more. */
export const HEADINGS =
  /^(?:gdpr|pii|privacy|personal data|data protection|security|compliance|data quality|quality|cleanup|clean-up|clean up|todo|to do|task|request|change|changes|small change|fyi|note|first|second|third|next|finally)(?: ?\/ ?\w+)?: /i;

/** Words that begin or end a clause and change nothing of what it asks for. */
export const FILLERS = {
  before:
    /^(?:please|kindly|also|rather|better|actually|just|simply|then|now|and|so|well|oh|additionally|furthermore|moreover|besides|in addition|on top of that|for the moment|(?:i|we)(?:'d| would)? (?:also )?(?:want|need|like|love|prefer)(?: you)?(?: to(?: have)?)?(?= (?:only|the|a|an|to|mask|hash|drop|keep|run|load|rename|rows)\b)|(?:need|want|have) to(?= [a-z])|(?:could|can|would) (?:you|we)(?: please)?|(?:it would be (?:great|nice|good) to)|make sure (?:to|that you)|be sure to|remember to|(?:we|you) (?:have to|need to|must|should))[ ,]+/i,
  after:
    /[ ,]+(?:please|thanks|thank you|now|too|also|as well|again|any ?more|any longer|from now on|from here on|going forward|(?:each|every) (?:time|run|load)|(?:on|in|at|for) (?:each|every) (?:run|load)|per (?:run|load)|before (?:the load|loading|each load|every load|we load|it is loaded)|beforehand|in advance|first|(?:in|from) (?:the )?(?:output|result|results|target|target table)|for (?:me|us|privacy|gdpr|privacy reasons)|while you(?:'re| are) at it|right away|asap|instead)$/i,
} as const;

/** Words for small numbers. */
export const COUNTS: Readonly<Record<string, number>> = Object.fromEntries(
  "zero one two three four five six seven eight nine ten eleven twelve"
    .split(" ")
    .map((word, n) => [word, n]),
);
