import type { LanguageModel as AnyModel } from "ai";

/** The port: what every provider adapter, ours included, looks like to the rest of the product. */
export type LanguageModel = Extract<AnyModel, { specificationVersion: "v4" }>;
/** What the port is called with. */
export type ModelCall = Parameters<LanguageModel["doGenerate"]>[0];
/** A whole answer of the port. */
export type ModelAnswer = Awaited<ReturnType<LanguageModel["doGenerate"]>>;
/** A streamed answer of the port. */
export type ModelStream = Awaited<ReturnType<LanguageModel["doStream"]>>;
/** One piece of a streamed answer. */
export type ModelStreamPart = ModelStream["stream"] extends ReadableStream<infer Part> ? Part : never;
/** One turn of a conversation, as the caller writes it. */
export type ModelTurn = { role: "user" | "assistant"; content: string };
