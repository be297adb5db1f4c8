"use client";
import { Dialog } from "#components/ui/dialog.tsx";
import { SecretOnce } from "#components/ui/secret-once.tsx";

/** A one-time sign-in link to hand over. */
export function LinkOnce({ email, url, onClose }: { email: string; url: string; onClose: () => void }) {
  return (
    <Dialog onClose={onClose} title={`Sign-in link for ${email}`} closeOnClickOutside={false}>
      <SecretOnce
        label="Link"
        value={url}
        note="Send it to them over a channel you trust. It signs in once, within an hour, and is not shown again."
        onDone={onClose}
      />
    </Dialog>
  );
}
