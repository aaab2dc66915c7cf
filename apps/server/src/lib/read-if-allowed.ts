import { hasCode } from './code-of-error.ts'

/** The process has ended, it belongs to another user, or the system has no such table. */
const isUnreadable = (error: unknown) => hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')

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
