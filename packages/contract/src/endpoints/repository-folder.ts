import { z } from 'zod'
import { rule } from '../issue-rules.ts'
import { longest } from '../limits.ts'

/**
 * A folder of a repository, relative to its top. Empty for the top itself. It cannot lead outside of the repository or
 * into a `.git`.
 */
export const repositoryFolder = z
  .string()
  .max(longest.codePath)
  .regex(/^(?:$|(?!.*(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$))[^\p{Cc}\\]+$)/iu, rule('field.repository_folder'))
