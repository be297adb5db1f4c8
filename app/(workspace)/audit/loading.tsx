import { PageSkeleton } from "#components/ui/page-skeleton.tsx";

/** Shown inside the shell while a page's data is on its way. */
export default function Loading() {
  return <PageSkeleton />;
}
