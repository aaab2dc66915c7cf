import { createHash } from 'node:crypto'
import { basename } from 'node:path'

/** The name of the group that root gives to a platform that is not root. */
export const givenGroupName = (dataFolder: string): string =>
  `vitrine-given-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)}`

/** Whether a group has such a name. */
export const isGivenGroup = (folder: string): boolean => /^vitrine-given-[0-9a-f]{12}$/.test(basename(folder))
