import { createHash } from 'node:crypto'

/** The name of the platform in a test's folder. */
export const platformOf = (folder: string): string =>
  createHash('sha256').update(folder).digest('hex').slice(0, 12)
