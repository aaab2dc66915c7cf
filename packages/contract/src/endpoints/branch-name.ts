import { z } from 'zod'
import { rule } from '../issue-rules.ts'

/** The name of a branch as git allows it (git-check-ref-format). It never looks like an option. */
export const branchName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!-)(?!.*(?:\.\.|@\{|\/\/|\.lock(?:\/|$)))[^\p{Cc} ~^:?*[\\]+$/u, rule('field.branch'))
