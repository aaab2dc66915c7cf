/** The process has ended, it belongs to another user, or the system has no such table. */
const unreadable: ReadonlySet<unknown> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'])
const isUnreadable = (error: unknown) =>
  error instanceof Error && 'code' in error && unreadable.has(error.code)

/** Reads something about processes or sockets of the system; null if the system does not allow it. */
export async function readIfAllowed<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}

/** The same for a synchronous read. */
export function readIfAllowedSync<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (isUnreadable(error)) return null
    throw error
  }
}
