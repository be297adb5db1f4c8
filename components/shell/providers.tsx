"use client";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { type ReactNode, useState } from "react";
import { createQueryClient } from "#lib/client/index.ts";
import { cssVariables, theme } from "./theme.ts";

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
