import { z } from 'zod'

/** What a move does if a repository of that name exists. */
export const existingRepository = z
  .enum(['refuse', 'adopt'])
  .default('refuse')
  .describe(
    'what to do if a repository of that name exists: `adopt` uses it if it is empty or has the same history; nothing there is ever overwritten',
  )
/** What a move does if a repository of that name exists. */
export type ExistingRepository = z.output<typeof existingRepository>
