/** Gone meanwhile, somebody else's, no such table. */
const unreadable: ReadonlySet<unknown> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'])
const isUnreadable = (error: unknown) =>
  error instanceof Error && 'code' in error && unreadable.has(error.code)

/** What the system lets us read of its processes and sockets; null where it does not. */
export async function readable<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}

/** The same for what is read at once. */
export function readableNow<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}
