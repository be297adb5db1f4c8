export type { AttemptLabels } from "./attempt-span.ts";
export { type ChoosableEvent, chooseEvent, type EventQuestion } from "./choose-event.ts";
export { type EmbeddingChoice, embeddingFromEnv, embedTexts, refusesTexts } from "./embed-texts.ts";
export type {
  LanguageModel,
  ModelAnswer,
  ModelCall,
  ModelStream,
  ModelStreamPart,
  ModelTurn,
} from "./language-model.ts";
export { PatchWire } from "./patch-wire.ts";
export { chooseModel, type ProviderChoice, providerFromEnv } from "./provider.ts";
export { refusesKey } from "./provider-error.ts";
export {
  type GeneratedPatch,
  generatePatch,
  type PartialPatch,
  type PatchRequest,
  type Usage,
} from "./structured.ts";
export { lacksStructuredOutput, requireStructuredOutput } from "./structured-gate.ts";
