import { z } from 'zod'
import { rule } from '../issue-rules.ts'
import { longest } from '../limits.ts'
import { visibleName } from '../visible-text.ts'

/**
 * The name of a branch as git allows it (git-check-ref-format). It cannot look like an option, or contain characters
 * that make it look like another name.
 */
export const branchName = visibleName(
  z
    .string()
    .min(1)
    .max(longest.branch)
    .regex(/^(?!-)(?!.*(?:\.\.|@\{|\/\/|\.lock(?:\/|$)))[^\p{Cc} ~^:?*[\\]+$/u, rule('field.branch')),
)
