import http from "node:http";
import https from "node:https";
import { reach } from "#lib/outbound.ts";

type Options = http.ClientRequestArgs;

/**
 * The sockets of single sign-on: next-auth's OpenID client makes its own requests, so the outbound rule is kept where
 * they connect. The name is resolved once, that address is connected to, and TLS still asks for the name.
 * @param issuer an `https:` issuer gets an agent that Node refuses to use for a plain `http:` endpoint.
 */
export function oidcAgent(issuer: string): http.Agent {
  const agent = new URL(issuer).protocol === "https:" ? new https.Agent() : new http.Agent();
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    allowed(options)
      .then((target) => connect(target))
      .then(
        (socket) => socket && done?.(null, socket),
        // Node's type wants a socket even where there is none.
        (error) => done?.(error, undefined as never),
      );
    return undefined;
  };
  return agent;
}

/** @throws OutboundError */
async function allowed(options: Options): Promise<Options> {
  const target = await reach({ host: String(options.host), port: Number(options.port) });
  return { ...options, host: target.address, hostname: target.address, family: target.family };
}
