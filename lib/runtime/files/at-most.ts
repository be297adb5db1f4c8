/** Does something with each of many, so many at once. @returns the results in order. @throws what went wrong first */
export async function atMost<Item, Result>(
  many: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      const at = next++;
      try {
        results[at] = await work(items[at] as Item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const all = await Promise.allSettled(Array.from({ length: Math.min(many, items.length) }, worker));
  const broken = all.find((one) => one.status === "rejected");
  if (broken) throw broken.reason;
  return results;
}
