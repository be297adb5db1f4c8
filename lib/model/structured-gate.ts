import { type LanguageModelMiddleware, UnsupportedFunctionalityError } from "ai";
import { AppError } from "#lib/errors.ts";
import type { LanguageModel, ModelStreamPart } from "./language-model.ts";

/** OpenAI's chat models from before structured outputs: they take JSON mode only. */
const OPENAI_WITHOUT =
  /^(gpt-3\.5|gpt-4($|-\d{4}|-turbo|-32k|-vision)|gpt-4o-2024-05-13|chatgpt-4o|o1-(mini|preview))/;
/** Anthropic's models from before structured outputs. */
const ANTHROPIC_WITHOUT = /^claude-(instant|[12]|3[.-]|3$|(opus|sonnet)-4-(0$|2025))/;

/** Google's open models take no schema, nor do those that draw or speak. */
const GOOGLE_WITHOUT = /^(models\/)?(gemma-[1-3]|learnlm|gemini-(pro|1\.)|gemini-.*-(image|tts|live|audio))/;
/** On Bedrock: makers that AWS does not list under structured outputs, and Anthropic's models before 4.5. */
const BEDROCK_WITHOUT =
  /^([a-z-]+\.)?(amazon|meta|cohere|ai21|writer|stability)\.|anthropic\.claude-(v\d|instant|[23]|(opus|sonnet)-4-(20|1-))/;

/** True if the model is known, before any call, not to be able to bind its output to a schema. */
export function lacksStructuredOutput(model: LanguageModel): boolean {
  if ("supportsStructuredOutputs" in model && model.supportsStructuredOutputs === false) return true;
  if (model.provider.startsWith("openai.")) return OPENAI_WITHOUT.test(model.modelId);
  if (model.provider.startsWith("google.")) return GOOGLE_WITHOUT.test(model.modelId);
  if (model.provider === "amazon-bedrock") return BEDROCK_WITHOUT.test(model.modelId);
  if (model.provider.startsWith("anthropic.")) return ANTHROPIC_WITHOUT.test(model.modelId);
  return false;
}

/** Refuses such a model. @throws AppError `provider_unsupported_structured` */
export function requireStructuredOutput(model: LanguageModel): void {
  if (lacksStructuredOutput(model)) throw unsupported(model);
}

/** The refusal, with what to do about it. */
export function unsupported(model: Pick<LanguageModel, "modelId">, cause?: unknown): AppError {
  return new AppError(
    "provider_unsupported_structured",
    `The model ${model.modelId} cannot bind its answer to a JSON Schema. Choose a model with structured output.`,
    { cause },
  );
}

type Warning = Extract<ModelStreamPart, { type: "stream-start" }>["warnings"][number];

const saysUnsupported = (warnings: readonly Warning[]) =>
  warnings.some((warning) => warning.type === "unsupported" && warning.feature === "responseFormat");

/** Turns a provider's warning that it ignored the schema into an error: its answer would be unconstrained. */
export const refuseUnconstrained: LanguageModelMiddleware = {
  specificationVersion: "v4",
  async wrapGenerate({ doGenerate }) {
    const answer = await doGenerate();
    if (saysUnsupported(answer.warnings))
      throw new UnsupportedFunctionalityError({ functionality: "responseFormat" });
    return answer;
  },
  async wrapStream({ doStream }) {
    const { stream, ...rest } = await doStream();
    const checked = stream.pipeThrough(
      new TransformStream<ModelStreamPart, ModelStreamPart>({
        transform(part, controller) {
          if (part.type === "stream-start" && saysUnsupported(part.warnings)) {
            controller.error(new UnsupportedFunctionalityError({ functionality: "responseFormat" }));
          } else controller.enqueue(part);
        },
      }),
    );
    return { stream: checked, ...rest };
  },
};
