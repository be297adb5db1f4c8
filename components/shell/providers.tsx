"use client";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import { config } from "zod/v4/core";
import { createQueryClient } from "#lib/client/index.ts";
import { cssVariables, theme } from "./theme.ts";

// Zod would try `new Function` to go faster; the content security policy forbids it, and browsers report the attempt.
config({ jitless: true });

const Notifications = dynamic(() => import("@mantine/notifications").then((m) => m.Notifications), {
  ssr: false,
});

/** What every page stands in: theme, server state, notifications. `nonce` goes on every generated style tag. */
export function Providers({ nonce, children }: { nonce: string; children: ReactNode }) {
  const [queryClient] = useState(createQueryClient);
  // Mantine's scroll lock writes a style tag of its own and looks for the nonce here.
  if (typeof window !== "undefined") Object.assign(window, { __webpack_nonce__: nonce });
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queryClient}>
        <Notifications position="bottom-right" limit={4} />
        {children}
      </QueryClientProvider>
    </MantineProvider>
  );
}
