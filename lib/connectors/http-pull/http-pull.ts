import type { FilePort } from "../connector.ts";
import type { ConnectedFiles } from "../files/file-lister.ts";
import { filePort } from "../files/file-port.ts";
import { type HttpPullSourceConfig, httpPullSpec } from "../specs/http-pull.ts";
import { tryStages } from "../staged-check.ts";
import { fileStages } from "../transfer/file-stages.ts";
import { webStages } from "../transfer/web-stages.ts";
import { connectWeb, type WebFiles } from "./connect-web.ts";
import { webSite } from "./web-site.ts";

/** Files of a web server: one, or those that the page of a folder lists. */
export const httpPullConnector: FilePort<HttpPullSourceConfig> = filePort({
  spec: httpPullSpec,
  check,
  connect: ({ config }, options): Promise<ConnectedFiles> => connectWeb(config, options),
});

function check(
  ...[{ config }, { onStage, signal } = {}]: Parameters<FilePort<HttpPullSourceConfig>["check"]>
) {
  const site = webSite(config, signal);
  const secret = config.bearer_token ?? config.password ?? config.username;
  let files: WebFiles | undefined;
  let refused: unknown;
  const signIn = async () => {
    try {
      files = await connectWeb(config, { signal });
    } catch (error) {
      const { code } = site.finding("authenticate", error);
      if (SIGN_IN.has(code)) throw error;
      // The server let us in; what it says of the address is the next stage's.
      refused = error;
    }
    return secret === undefined ? "No sign-in was asked for." : "The sign-in is taken.";
  };
  const look = async () => {
    if (!files) throw refused;
    return files.kind === "file" ? "A file is at this address." : "A folder is at this address.";
  };
  const stages = [
    ...webStages(config.url, signal),
    { stage: "authenticate" as const, run: signIn },
    { stage: "database" as const, run: look },
    ...fileStages(() => files as WebFiles, signal),
  ];
  return tryStages(stages, site.finding, { onStage, signal });
}

const SIGN_IN = new Set(["wrong_credentials", "wrong_protocol", "connection_closed", "slow_server"]);
