import { Lost } from "#components/ui/lost.tsx";

/** Any address that is nobody's. */
export default function NotFound() {
  return (
    <main>
      <Lost outside />
    </main>
  );
}
