import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'

/**
 * What a stored file counts at least, in bytes. A disk can have only so many files, one for each 16 KiB with the defaults of ext4: with
 * files of one byte each, nobody would come near their quota before the disk could have no further file of anybody.
 */
const leastBytes = 16 * 1024

/** What a file of so many bytes counts. */
export const countedBytes = (size: SQLWrapper): SQL<number> =>
  sql<number>`greatest(${size}, ${leastBytes}::int)`
