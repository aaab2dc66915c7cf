import { describe } from 'vitest'
import { findSystemUser } from '../../apps/server/src/lib/system-user.ts'

const isRoot = process.getuid?.() === 0

/** Runs a suite about what a platform that root started guarantees. Its name says if it is skipped. */
export function describeAsRoot(name: string, suite: () => void): void {
  describe.skipIf(!isRoot)(`${name}${isRoot ? '' : ' (skipped: the tests do not run as root)'}`, suite)
}

/**
 * The setting of a platform that does not run as root, as `npm start` makes one of a new data folder where it can. None
 * where that needs what is not here.
 */
export const withoutRoot = async (): Promise<Record<string, string>> =>
  isRoot && (await findSystemUser(['vitrine-db'])) !== null ? { VITRINE_ROOT: 'drop' } : {}
