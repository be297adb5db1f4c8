import type { LanguageModelMiddleware } from "ai";

/**
 * Bedrock's own constrained JSON: Converse takes the schema as `outputConfig.textFormat`, whoever made the model, and
 * answers 400 where a model cannot. The package would force a tool instead, which binds nothing. What it does not know
 * among its options it sends as it is (AWS, Bedrock user guide, "Structured outputs").
 */
export const bedrockTextFormat: LanguageModelMiddleware = {
  specificationVersion: "v4",
  async transformParams({ params }) {
    const { responseFormat, providerOptions, ...rest } = params;
    if (responseFormat?.type !== "json" || !responseFormat.schema) return params;
    const { schema, name = "answer" } = responseFormat;
    const textFormat = {
      type: "json_schema",
      structure: { jsonSchema: { name, schema: JSON.stringify(schema) } },
    };
    return {
      ...rest,
      providerOptions: {
        ...providerOptions,
        amazonBedrock: { ...providerOptions?.amazonBedrock, outputConfig: { textFormat } },
      },
    };
  },
};
