import type { Json } from '@vitrine/contract'
import type { Actor } from './actor.ts'
import { closedSentence, type Language } from './errors.ts'
import type { Words } from './words.ts'

/** Whether somebody may read what processes wrote: logs, and all that quotes them. Nobody may not. */
export const mayReadLogs = (actor: Pick<Actor, 'permissions'> | null): boolean =>
  actor?.permissions.has('services.logs') ?? false

/** Who reads an answer: in which language, and whether logs are open to them. */
export type Audience = { language: Language; mayReadLogs: boolean }

/** Who reads, as an audience. */
export const audienceOf = (actor: Pick<Actor, 'permissions'> | null, language: Language): Audience => ({
  language,
  mayReadLogs: mayReadLogs(actor),
})

/** The fields that a caller got wrong are their own; all other details may quote a log, a command or a path. */
const openDetails = (details: Record<string, Json>): Record<string, Json> =>
  details['issues'] === undefined ? {} : { issues: details['issues'] }

/** An error's sentence as an audience may read it. Pure. */
export const sentenceFor = (error: { code: string; message: Words }, audience: Audience): string =>
  ((audience.mayReadLogs ? null : closedSentence(error.code)) ?? error.message)[audience.language]

/** An error's details as an audience may read them, in every language. Pure. */
export const detailsFor = (details: Record<string, Json>, audience: Audience): Record<string, Json> =>
  audience.mayReadLogs ? details : openDetails(details)

const isWords = (value: Json | undefined): value is { zh: string; en: string } =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  typeof value['zh'] === 'string' &&
  typeof value['en'] === 'string'

/** A value with errors (`{code, message}`) anywhere in it, such as the results of a batch, as an audience may read them. Pure. */
export function valueFor(value: Json, audience: Audience): Json {
  if (audience.mayReadLogs || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => valueFor(each, audience))
  const { code, message } = value
  if (typeof code === 'string' && isWords(message))
    return { code, message: closedSentence(code) ?? { zh: message.zh, en: message.en } }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, valueFor(each, audience)]))
}
