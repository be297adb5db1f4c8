import type { Recogniser } from "../draft.ts";
import { heard, said, unquoted } from "../say.ts";
import { listed } from "../words.ts";

const OWNER = [
  said("[the |its ]owner[ of (it|this|the pipeline)] (should be|shall be|:|=) {value:who}"),
  said("[the ]owner: {value:who}"),
  said("(set|change|make) [the ]owner[ to| of it to| of the pipeline to]? {value:who}"),
  said("(make) {value:who} the owner[ of (it|this|the pipeline)]"),
  said("(it|this|this pipeline|the pipeline) (belongs to|is owned by) {value:who}"),
  said("owner {marked:who}"),
];
/** A bare word after "owner is" may be said about the owner ("the owner is unhappy"); a name with a mark in it may not. */
const OWNER_IS = said("(the |its )?owner is {marked:who}");
const TAG = [
  said("tag (it|this|this pipeline|the pipeline) (with|as) {tags}"),
  said("tag (it|this|this pipeline|the pipeline) {tags}"),
  said("(add|set|give it|use) [the |a ]tags? {tags}"),
  said("[the ]tags?(:| should be) {tags}"),
];
const UNTAG = [said("(remove|drop|delete) [the ]tags? {tags}")];
const DESCRIPTION = [
  said("[the |its ]description(:| =) {phrase:about}"),
  said("(set|change|update) [the |its ]description[ of it| of the pipeline]? to:? {phrase:about}"),
  said("[the |its ]description (is|should be) {text:about}"),
  said("(add|use) [the |a ]description:? {phrase:about}"),
  said("describe (it|this|this pipeline|the pipeline) as:? {phrase:about}"),
];
/** "the owner should be informed" names none. */
const NO_OWNER = /^(?:the|a|an|to|of|it|is|not|me|us|someone|\w+ed)$/i;
/** Without quotes nobody can tell where a text ends and another wish begins. */
const OPEN_END =
  /\b(?:or|but|if|unless|except|when|then|also|because|not|something|anything|nothing|else|later|tomorrow|sometimes|next|is|was|only)\b/i;

const namesIn = (text: string) => text.split(/\s*,\s*(?:and\s+)?|\s+and\s+/).map(unquoted);

/** "the owner is data-team", "tags: raw, orders", "description: orders of the day". */
export const metadata: Recogniser = (clause) => {
  const who = heard([OWNER_IS, ...OWNER], clause)?.who;
  if (who && !NO_OWNER.test(who))
    return ({ ir }) => {
      ir.metadata.owner = unquoted(who);
      return `The owner is ${ir.metadata.owner}.`;
    };
  const tags = heard(TAG, clause)?.tags;
  if (tags)
    return ({ ir }) => {
      ir.metadata.tags = [...new Set([...(ir.metadata.tags ?? []), ...namesIn(tags)])];
      return `Tags the pipeline with ${listed(namesIn(tags))}.`;
    };
  const without = heard(UNTAG, clause)?.tags;
  if (without)
    return ({ ir }) => {
      const left = (ir.metadata.tags ?? []).filter((tag) => !namesIn(without).includes(tag));
      if (left.length > 0) ir.metadata.tags = left;
      else delete ir.metadata.tags;
      return `Takes ${listed(namesIn(without))} off the tags.`;
    };
  const about = heard(DESCRIPTION, clause)?.about;
  if (!about || (unquoted(about) === about && OPEN_END.test(about))) return undefined;
  return ({ ir }) => {
    ir.metadata.description = unquoted(about.trim());
    return `Describes the pipeline as "${ir.metadata.description}".`;
  };
};
