"use client";
import { Alert, Button, Code, Divider, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle, IconKey } from "@tabler/icons-react";
import { signIn } from "next-auth/react";
import { type FormEvent, type ReactNode, useState } from "react";
import { Mark } from "#components/ui/mark.tsx";
import classes from "./sign-in.module.css";

type Trouble = { title: string; text: ReactNode };

const usedLink: Trouble = {
  title: "This link no longer works",
  text: (
    <>
      A sign-in link works once and for one hour. Ask an administrator of yours for a new one, or, if you run
      Penstock yourself, start it again: <Code>npm start</Code> prints a fresh link.
    </>
  ),
};
const wrongPassword: Trouble = {
  title: "That did not match",
  text: "The email or the password is not right. Check both and try again; after ten failures there is a pause of up to 15 minutes.",
};
const tooMany: Trouble = {
  title: "Too many attempts",
  text: "Sign-in is paused for this account or address. Wait up to 15 minutes, then try again.",
};
const unreachable: Trouble = {
  title: "The server did not answer",
  text: "Check that Penstock is running, then try again.",
};
const refused: Trouble = {
  title: "Single sign-on did not let you in",
  text: "Your identity provider refused. Ask whoever runs it for access to Penstock.",
};
const failed: Trouble = {
  title: "Single sign-on did not work",
  text: "The identity provider could not be reached, or its answer did not check out. Try again; if it stays so, the server's log names the reason.",
};
/** By the code that the sign-in doors put into the address. */
const TROUBLES: Record<string, Trouble> = {
  not_a_member: {
    title: "You are not a member here",
    text: "Your identity provider knows you, but nobody with your email address is a member. Ask an administrator to add you, then try again.",
  },
  email_not_verified: {
    title: "Your email address is not verified",
    text: "Your identity provider does not say that your address is verified. Verify it there, then try again.",
  },
  rate_limited: tooMany,
  AccessDenied: refused,
};

/** The sign-in card. `token` is that of a one-time link; `next` is the path to go on to. */
export function SignIn({
  token,
  error,
  next,
  singleSignOn,
}: {
  token: string | undefined;
  error: string | undefined;
  next: string;
  /** The provider, when single sign-on is configured. */
  singleSignOn: { id: string } | undefined;
}) {
  const [busy, setBusy] = useState<"link" | "password" | "sso" | undefined>();
  const [link, setLink] = useState(token);
  const [trouble, setTrouble] = useState<Trouble | undefined>(
    error === undefined ? undefined : (TROUBLES[error] ?? failed),
  );

  function followLink(given: string) {
    setBusy("link");
    window.history.replaceState(null, "", "/sign-in");
    void enter("link", { token: given }, usedLink).then((entered) => {
      if (!entered) setLink(undefined);
    });
  }

  async function enter(
    provider: "link" | "credentials",
    fields: Record<string, string>,
    otherwise: Trouble,
  ): Promise<boolean> {
    setTrouble(undefined);
    try {
      const answer = await signIn(provider, { ...fields, redirect: false, callbackUrl: next });
      if (answer?.ok && !answer.error) {
        window.location.assign(next);
        return true;
      }
      setTrouble(answer?.error === "rate_limited" ? tooMany : otherwise);
    } catch {
      setTrouble(unreachable);
    }
    setBusy(undefined);
    return false;
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy("password");
    void enter(
      "credentials",
      { email: String(form.get("email")), password: String(form.get("password")) },
      wrongPassword,
    );
  }

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Stack gap={6} align="center" mb="lg">
          <Mark size={40} />
          <Title order={1}>Sign in to Penstock</Title>
        </Stack>
        <div aria-live="polite">
          {trouble ? (
            <Alert color="red" icon={<IconAlertTriangle />} title={trouble.title} mb="md" role="alert">
              {trouble.text}
            </Alert>
          ) : null}
        </div>
        {link ? (
          <Stack gap="md">
            <Text ta="center">This link signs you in once, on this browser.</Text>
            <Button fullWidth autoFocus loading={busy === "link"} onClick={() => followLink(link)}>
              Sign in
            </Button>
          </Stack>
        ) : (
          <Stack gap="md">
            <form onSubmit={submit}>
              <Stack gap="sm">
                <TextInput
                  name="email"
                  type="email"
                  label="Email"
                  autoComplete="username"
                  required
                  withAsterisk={false}
                />
                <PasswordInput
                  name="password"
                  label="Password"
                  autoComplete="current-password"
                  required
                  withAsterisk={false}
                />
                <Button
                  type="submit"
                  fullWidth
                  mt={4}
                  loading={busy === "password"}
                  disabled={busy === "sso"}
                >
                  Sign in
                </Button>
              </Stack>
            </form>
            {singleSignOn ? (
              <>
                <Divider label="or" />
                <Button
                  variant="default"
                  fullWidth
                  leftSection={<IconKey size={16} />}
                  loading={busy === "sso"}
                  onClick={() => {
                    setBusy("sso");
                    void signIn(singleSignOn.id, { callbackUrl: next });
                  }}
                >
                  Continue with single sign-on
                </Button>
              </>
            ) : null}
            <Text fz="xs" c="dimmed" ta="center">
              First time here? Open your one-time link: the one that an administrator gave you, or that{" "}
              <Code>npm start</Code> printed. Then set a password under Settings.
            </Text>
          </Stack>
        )}
      </div>
    </main>
  );
}
