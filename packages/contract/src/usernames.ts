import { z } from 'zod'
import { rule } from './issue-rules.ts'
import { longest } from './limits.ts'

/**
 * Scripts that a name may not mix, because letters of one look like letters of another. This follows the level *highly
 * restrictive* of Unicode TR 39. Latin letters and the scripts of East Asia are commonly mixed, so they count as one
 * script.
 */
const scripts: readonly RegExp[] = [
  /[\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}]/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Georgian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
]

/** Letters of all other scripts. Characters that belong to all scripts, such as digits, are not included. */
const other =
  /[^\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Common}\p{Script=Inherited}]/u

/** Whether all letters of a name are of one script, so that it cannot pass for a name in another one. */
const isOfOneScript = (name: string): boolean =>
  [...scripts, other].filter((script) => script.test(name)).length <= 1

const nameOfAccount = (text: z.ZodString) =>
  text
    .min(1)
    .max(longest.username)
    .regex(/^[\p{L}\p{N}._@-]+$/u, rule('field.username'))

/** Sign-in name that an account may have: letters of any script, digits, `.`, `_`, `-`, `@`. */
export const existingUsername = nameOfAccount(z.string())

/** Sign-in name of a new account: normalised, and of one script, so that it does not look like another one. */
export const username = nameOfAccount(z.string().normalize('NFKC')).refine(
  isOfOneScript,
  rule('field.username_scripts'),
)

/**
 * A name that a person chooses without an administrator. It must not be an e-mail address: a sign-in with another
 * server may open the account whose name is the verified address, so nobody may take the address of a person who has
 * not signed in yet.
 */
export const chosenUsername = username.refine((name) => !name.includes('@'), rule('field.username_address'))
