import { Lost } from "#components/ui/lost.tsx";

/** Something in the workspace that is not there, or not yours to see. */
export default function NotFound() {
  return <Lost />;
}
