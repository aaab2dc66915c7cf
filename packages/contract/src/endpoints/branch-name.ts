import { z } from 'zod'
import { rule } from '../issue-rules.ts'
import { longest } from '../limits.ts'

/** The name of a branch as git allows it (git-check-ref-format). It never looks like an option. */
export const branchName = z
  .string()
  .min(1)
  .max(longest.branch)
  .regex(/^(?!-)(?!.*(?:\.\.|@\{|\/\/|\.lock(?:\/|$)))[^\p{Cc} ~^:?*[\\]+$/u, rule('field.branch'))
