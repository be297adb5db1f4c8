import { whole } from "#lib/ir/index.ts";
import type { SetupEvent, SetupState } from "../state.ts";

const POLITE_FIRST =
  /^(?:(?:please|pls|ok|okay|well|so|hi|hello|thanks|bitte|por favor|s'il te plaît|s'il vous plaît)[\s,!.:]+)+(?=\S)/i;
const POLITE_LAST =
  /(?:[\s,]+(?:please|pls|thanks|thank you|bitte|por favor|danke|gracias|merci|now))+(?=[\s.!]*$)/i;
/** Politeness ends within this many characters of the end. */
const TAIL = 100;

/** A message without what is only politeness, in single spaces. */
export function tidy(text: string): string {
  const plain = text
    .normalize("NFC")
    .replace(/[’‘]/g, "'")
    .replace(/\s+/g, " ")
    .trim()
    .replace(POLITE_FIRST, "");
  const tail = Math.max(0, plain.length - TAIL);
  return (
    plain.slice(0, tail) +
    plain
      .slice(tail)
      .replace(POLITE_LAST, "")
      .replace(/[\s.!]+$/, "")
  );
}

type Plain = Extract<
  SetupEvent["type"],
  "help" | "status" | "back" | "start_over" | "cancel" | "retry" | "confirm" | "open_form"
>;

/** Meant everywhere, whatever was asked for: no database, bucket or user is called so. */
const CLEAR: readonly [Plain, RegExp][] = [
  [
    "help",
    whole(
      "help(?: me)?|\\?+|what (?:can|could|should|do) i (?:say|do|type|write|enter)(?: here| now)?\\??|i need help|how does this work\\??|hilfe|ayuda|aide|was kann ich (?:hier )?(?:sagen|tun)\\??",
    ),
  ],
  [
    "status",
    whole(
      "status|where (?:am i|are we)\\??|how far (?:am i|are we)\\??|what (?:do you have|have i (?:said|given|entered)|is (?:still )?missing|did i (?:say|enter))(?: so far)?\\??|what's (?:still )?missing\\??",
    ),
  ],
  [
    "back",
    whole(
      "(?:go |one )?(?:step )?back|go back(?: one step| a step)?|previous(?: step)?|undo|zurück|geh zurück|atrás|volver|retour|revenir",
    ),
  ],
  [
    "start_over",
    whole(
      "start(?: all)? over|start again|restart|begin again|start from (?:scratch|the beginning)|from the beginning|(?:von vorne?|neu) (?:anfangen|beginnen)|von vorne?|empezar de nuevo|recommencer",
    ),
  ],
  [
    "cancel",
    whole(
      "cancel(?: it| this| everything| the setup)?|abort|quit|never ?mind|forget (?:it|about it)|abbrechen|abbruch|cancelar|annuler|i changed my mind",
    ),
  ],
  [
    "retry",
    whole(
      "retry|(?:try|test|check|look|connect) (?:it |this )?(?:again|once more)|try (?:it )?(?:again|once more)|once more|nochmal(?:s)?|noch einmal|erneut versuchen|otra vez|reintentar|réessayer|encore",
    ),
  ],
  [
    "open_form",
    whole(
      "(?:open|show|use|give me|i want|i prefer|take me to|switch to)(?: me)? (?:the |a )?(?:standard )?form(?: instead)?|(?:the )?standard form|formular(?: öffnen)?",
    ),
  ],
  [
    "confirm",
    whole(
      "yes(?:,? (?:please|do it|go on|go ahead|continue))?|ok(?:ay)?|go on|go ahead|continue|proceed|looks good|that's right|ja|weiter|sí|oui|d'accord",
    ),
  ],
];

/** Meant where no value is asked for. */
const USUAL: readonly [Plain, RegExp][] = [
  [
    "help",
    whole(
      "options|commands|(?:what|which) (?:options|choices) (?:do i have|are there)\\??|what now\\??|huh\\??",
    ),
  ],
  [
    "status",
    whole(
      "summary|progress|(?:which|what) (?:tables|streams|files) (?:are there|do you have|did you find|can i (?:choose|take))\\?*|list(?: them| (?:the|all) (?:tables|streams|files))?|show(?: me)?(?: the)? (?:status|progress)|how is it going\\??",
    ),
  ],
  [
    "start_over",
    whole(
      "reset|new(?: source| connection)?|another (?:one|source)|(?:set up|connect|add) another (?:source|one)",
    ),
  ],
  ["cancel", whole("stop|exit|bye|leave")],
  ["retry", whole("again|refresh|reload|rescan|look again|mend it|fix it|repair it")],
  ["open_form", whole("form")],
  [
    "confirm",
    whole(
      "y|yep|yeah|yup|sure|fine|good|great|perfect|correct|right|agreed|alright|all right|of course|go|next|next step|done|ready|do it|do that|go for it|let's go|ship it|lgtm|sounds good|looks (?:fine|great|right|ok(?:ay)?)|" +
        "that(?:'s| is) (?:fine|good|it|all|correct|ok(?:ay)?)|i agree|confirm(?:ed)?|accept|as (?:proposed|suggested)|use (?:that|those|these|the suggestion|your suggestion|the proposal)|keep (?:that|it|them|those)(?: so| that way)?|keep the \\d+ chosen|" +
        "(?:yes,? )?(?:please )?(?:create|make|build|run|start|execute|save|finish|launch|set up|test|connect|deploy)(?: it| that| this| everything| the (?:connection|pipeline|source|first run))?(?: all)?|test (?:it )?now|" +
        "jawohl|jo|klar|genau|passt(?: so)?|in ordnung|einverstanden|gut|los|mach(?: das| es)?|anlegen|erstellen|si|claro|vale|de acuerdo|adelante|continuar|bien|ouais|bien sûr|continuer|suivant|parfait|c'est bon|vas-y",
    ),
  ],
];

const PLACES: readonly [SetupState, string][] = [
  [
    "select_streams",
    "streams?|tables?|files?|selection|choice of (?:tables|files|streams)|what is taken|list of (?:tables|files|streams)|tabellen",
  ],
  [
    "configure_sync",
    "schedule|cadence|frequency|sync(?: settings| modes?| mode)?|modes?|how often it runs|zeitplan",
  ],
  [
    "gather_credentials",
    "connection(?: settings| details| fields)?|credentials|login|fields|settings|password|host|port|user(?:name)?|details|verbindung|zugangsdaten",
  ],
  [
    "select_source_type",
    "source type|type of (?:the )?source|kind of (?:the )?source|connector|source|database type",
  ],
  ["review", "review|overview|summary|whole thing"],
];
const GO = PLACES.map(([state, names]): [SetupState, RegExp] => [
  state,
  whole(
    `(?:(?:i want to|i'd like to|let me|can i|let's) )?(?:change|edit|modify|adjust|revise|go to|go back to|back to|show(?: me)?|take me to|return to|see|look at|correct|choose|pick|ändere|zeig(?: mir)?) (?:the |my |our |other |different |another |die |den )?(?:${names})(?: again)?`,
  ),
]);

/** What a message says about where the conversation should go. `asked`: a value is being asked for. */
export function navigation(text: string, asked: boolean): SetupEvent | undefined {
  if (text.length > 100) return undefined;
  const agreed = text.split(/\s*[,.!]\s+|\s+and\s+/i);
  const forms = [...CLEAR, ...(asked ? [] : USUAL)].filter(([type]) => type === "confirm");
  if (agreed.length > 1 && agreed.every((part) => forms.some(([, form]) => form.test(part))))
    return { type: "confirm" };
  const found = [...CLEAR, ...(asked ? [] : USUAL)].find(([, form]) => form.test(text));
  if (found) return { type: found[0] };
  const place = GO.find(([, form]) => form.test(text));
  return place && { type: "go_to", state: place[0] };
}

/** "no", which says nothing of what is wanted instead. */
export const isNo = (text: string): boolean =>
  whole(
    "none(?: of (?:them|those))?|nothing|no+|nope|nah|not yet|nein|non|wrong|that's wrong|not (?:good|right)",
  ).test(text);
