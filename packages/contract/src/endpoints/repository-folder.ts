import { z } from 'zod'
import { rule } from '../issue-rules.ts'
import { longest } from '../limits.ts'

/** A folder of a repository, from its top. Empty for the top itself. It leads nowhere else, and into no `.git`. */
export const repositoryFolder = z
  .string()
  .max(longest.codePath)
  .regex(/^(?:$|(?!.*(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$))[^\p{Cc}\\]+$)/iu, rule('field.repository_folder'))
