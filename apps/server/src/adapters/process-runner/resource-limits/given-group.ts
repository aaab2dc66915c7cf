import { basename } from 'node:path'
import { shortDigest } from '../../../lib/short-digest.ts'

/** The name of the group that root gives to a platform that is not root. */
export const givenGroupName = (dataFolder: string): string => `vitrine-given-${shortDigest(dataFolder)}`

/** Whether a group has such a name. */
export const isGivenGroup = (folder: string): boolean => /^vitrine-given-[0-9a-f]{12}$/.test(basename(folder))
