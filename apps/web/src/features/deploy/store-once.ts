import type { Sending, Stored, ToStore } from './send-package.ts'

const isSame = (a: ToStore, b: ToStore): boolean =>
  a.chosen === b.chosen &&
  a.additions === b.additions &&
  a.fields.algorithm_id === b.fields.algorithm_id &&
  a.fields.name === b.fields.name

/**
 * Stores a package once. A deploy may be refused after that, because a port is taken or a value is missing, and the next attempt
 * with the same files, lines and names goes on with what is stored.
 */
export const storeOnce = (store: (what: ToStore, sending: Sending) => Promise<Stored>) => {
  let last: { what: ToStore; stored: Stored } | null = null
  return {
    store: async (what: ToStore, sending: Sending): Promise<Stored> => {
      if (last === null || !isSame(last.what, what)) last = { what, stored: await store(what, sending) }
      return last.stored
    },
    /** What was stored has been deleted since. */
    forget: () => {
      last = null
    },
  }
}
