/** Waits until every piece of work has ended, also where one fails. Then throws the failure of the first one that failed, if any did. */
export async function everyEnd(works: readonly Promise<unknown>[]): Promise<void> {
  for (const end of await Promise.allSettled(works)) if (end.status === 'rejected') throw end.reason
}
