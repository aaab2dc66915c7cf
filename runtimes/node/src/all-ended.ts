/** As `Promise.all`, but a rejection waits until all have ended. So nothing works on after it, or leaves a file. */
export async function allEnded<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
