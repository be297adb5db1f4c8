import { randomOf } from "./fill.ts";

/** One message of a made-up working day, and a question whose answer is in one of the messages. */
export type Message = { id: string; session: string; agent: string; at: Date; text: string };
export type Question = {
  kind: string;
  text: string;
  /** The messages that hold the answer. */
  evidence: string[];
  agent?: string;
  from?: Date;
  to?: Date;
};

const THINGS =
  `boiler forklift printer generator conveyor freezer scanner elevator compressor crane pump ladder turbine
  furnace projector sprinkler dishwasher thermostat router excavator tractor microscope centrifuge kiln loom lathe
  welder drill trailer windmill`.split(/\s+/);
const PLACES = ["north hall", "south hall", "harbour", "basement", "roof", "workshop", "office", "yard"];
const AGENTS = ["planner", "mechanic", "buyer", "night-watch"];

/** What is said of a thing, and how somebody asks for it later: in its words, and in other ones. */
const FACTS = [
  [
    "We replaced the filter of the {thing} in the {place}.",
    "When was the {thing} filter replaced?",
    "{thing} got a new filter, what happened?",
  ],
  [
    "The warranty of the {thing} ends in {month}.",
    "When does the {thing} warranty end?",
    "until when does the manufacturer cover repairs, {thing} warranty?",
  ],
  [
    "The {thing} in the {place} leaks oil when it is cold.",
    "Why is the {thing} leaking oil?",
    "{thing} drips on cold mornings",
  ],
  [
    "I ordered spare belts for the {thing}, delivery takes {number} days.",
    "How long does delivery of {thing} belts take?",
    "did anyone order belts, the ones that the {thing} needs",
  ],
  [
    "Nobody may use the {thing} without gloves, says the inspector.",
    "What did the inspector say about gloves and the {thing}?",
    "safety rule gloves {thing}",
  ],
  [
    "The key of the {thing} hangs behind the door of the {place}.",
    "Where does the key of the {thing} hang?",
    "which door has the {thing} key behind it",
  ],
  [
    "The {thing} draws {number} amperes, which is too much for the old fuse.",
    "How many amperes does the {thing} draw?",
    "fuse blows, {thing} current in amperes",
  ],
  [
    "Repairing the {thing} cost {number} euros last time.",
    "How much did repairing the {thing} cost?",
    "price of the {thing} repair",
  ],
] as const;
const SMALL_TALK = [
  "Good morning, anything new in the {place}?",
  "Lunch is late again today.",
  "I will look at the {thing} after the break.",
  "Thanks, that helps a lot.",
  "The {thing} is running fine so far.",
  "Please write it down before the shift ends.",
  "It rained all night on the {place}.",
  "Who has the list for the {place}?",
];
const MONTHS = ["January", "March", "April", "June", "August", "October", "December"];

/** Messages over many sessions, and questions with known answers. The same every time. */
export function conversations(): { messages: Message[]; questions: Question[] } {
  const random = randomOf(20_260);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const messages: Message[] = [];
  const questions: Question[] = [];
  let clock = Date.UTC(2026, 0, 5, 7);
  let session = 0;
  const say = (text: string, agent = pick(AGENTS)): string => {
    clock += 60_000 * (1 + Math.floor(random() * 9));
    const id = `m${messages.length}`;
    messages.push({ id, session: `s${session}`, agent, at: new Date(clock), text });
    return id;
  };
  const filled = (template: string, thing: string, place: string) =>
    template
      .replace("{thing}", thing)
      .replace("{place}", place)
      .replace("{month}", pick(MONTHS))
      .replace("{number}", String(2 + Math.floor(random() * 400)));
  const chat = (count: number) => {
    for (let at = 0; at < count; at++) say(filled(pick(SMALL_TALK), pick(THINGS), pick(PLACES)));
  };
  const nextSession = () => {
    session++;
    clock += 3_600_000 * (2 + Math.floor(random() * 20));
  };
  for (const thing of THINGS)
    for (const [at, [said, asked, otherwise]] of FACTS.entries()) {
      if ((at + THINGS.indexOf(thing)) % 2 === 0) continue;
      nextSession();
      chat(2);
      const evidence = [say(filled(said, thing, pick(PLACES)))];
      chat(2);
      questions.push({ kind: "in its words", text: asked.replace("{thing}", thing), evidence });
      questions.push({ kind: "in other words", text: otherwise.replace("{thing}", thing), evidence });
      const typo = misspell(thing, random);
      questions.push({ kind: "misspelt", text: asked.replace("{thing}", typo), evidence });
    }
  for (const thing of THINGS) {
    const readings = Array.from({ length: 12 }, () => {
      nextSession();
      const id = say(
        `The {thing} showed ${10 + Math.floor(random() * 80)} degrees today.`.replace("{thing}", thing),
      );
      chat(1);
      return id;
    });
    const id = pick(readings);
    const at = messages.find((message) => message.id === id)?.at.getTime() ?? 0;
    const [from, to] = [new Date(at - 1_800_000), new Date(at + 1_800_000)];
    questions.push({
      kind: "at a time",
      text: `how many degrees did the ${thing} show`,
      evidence: [id],
      from,
      to,
    });
    nextSession();
    const verdicts = AGENTS.map((agent) =>
      say(`My opinion on the ${thing}: ${pick(["sell", "keep", "rent", "scrap"])} it.`, agent),
    );
    const agent = pick(AGENTS);
    const verdict = verdicts[AGENTS.indexOf(agent)] ?? "";
    questions.push({ kind: "by an agent", text: `opinion about the ${thing}`, evidence: [verdict], agent });
    nextSession();
    chat(1);
    say(`Has anybody seen the manual of the ${thing}?`);
    const reply = say(
      pick([
        "Second shelf, blue folder.",
        "It lies beside the coffee machine.",
        "Downstairs, under the stairs.",
      ]),
    );
    chat(2);
    questions.push({ kind: "in the reply", text: `where is the ${thing} manual`, evidence: [reply] });
  }
  return { messages, questions };
}

/** The word with one mistake: two letters swapped, one left out, or one doubled. */
function misspell(word: string, random: () => number): string {
  const at = 1 + Math.floor(random() * (word.length - 2));
  const [before, here, next, after] = [
    word.slice(0, at),
    word[at] ?? "",
    word[at + 1] ?? "",
    word.slice(at + 2),
  ];
  const kind = Math.floor(random() * 3);
  if (kind === 0 && here !== next) return before + next + here + after;
  return kind === 1 ? before + next + after : before + here + here + next + after;
}
