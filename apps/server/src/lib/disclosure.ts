import type { Json } from '@vitrine/contract'
import type { Actor } from './actor.ts'
import { redactionOf, type Language } from './errors.ts'
import type { Words } from './words.ts'

/**
 * Whether an actor may read the output of processes: logs, and everything that quotes them. An anonymous
 * caller (null) may not.
 */
export const mayReadLogs = (actor: Pick<Actor, 'permissions'> | null): boolean =>
  actor?.permissions.has('services.logs') ?? false

/**
 * Whether an actor may read who holds which port of the machine: its processes, and services that a limited key must not know
 * of.
 */
export const mayReadPorts = (actor: Pick<Actor, 'permissions' | 'serviceIds'> | null): boolean =>
  mayReadLogs(actor) && actor?.serviceIds === null && actor.permissions.has('ports.read')

/** The reader of an answer: the language, and what they may read. */
export type Audience = { language: Language; mayReadLogs: boolean; mayReadPorts: boolean }

/** Returns the audience for an actor. */
export const audienceOf = (
  actor: Pick<Actor, 'permissions' | 'serviceIds'> | null,
  language: Language,
): Audience => ({
  language,
  mayReadLogs: mayReadLogs(actor),
  mayReadPorts: mayReadPorts(actor),
})

/** Returns the sentence in place of one that this audience may not read; null if they may. */
function redactionFor(code: string, audience: Audience): Words | null {
  const redaction = redactionOf(code)
  if (redaction === null) return null
  const mayRead = redaction.quotes === 'logs' ? audience.mayReadLogs : audience.mayReadPorts
  return mayRead ? null : redaction.sentence
}

/** Whether this audience may read no details of an error. */
export const isRedactedFor = (code: string, audience: Audience): boolean =>
  redactionFor(code, audience) !== null

/**
 * The invalid fields of a request (`issues`) come from the caller, so they are always shown. All other
 * details may quote a log, a command or a path.
 */
const publicDetails = (details: Record<string, Json>): Record<string, Json> =>
  details['issues'] === undefined ? {} : { issues: details['issues'] }

/** Returns the sentence of an error that this audience may read. Pure. */
export const sentenceFor = (error: { code: string; message: Words }, audience: Audience): string =>
  (redactionFor(error.code, audience) ?? error.message)[audience.language]

/** Returns the details of an error that this audience may read, in every language. Pure. */
export const detailsFor = (
  { code, details }: { code: string; details: Record<string, Json> },
  audience: Audience,
): Record<string, Json> =>
  audience.mayReadLogs && !isRedactedFor(code, audience) ? details : publicDetails(details)

const isWords = (value: Json | undefined): value is { zh: string; en: string } =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  typeof value['zh'] === 'string' &&
  typeof value['en'] === 'string'

/**
 * Returns a value with only what this audience may read. Errors (`{code, message}`) may be anywhere in it,
 * for example in the results of a batch. Pure.
 */
export function valueFor(value: Json, audience: Audience): Json {
  if (audience.mayReadPorts || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => valueFor(each, audience))
  const { code, message } = value
  if (typeof code === 'string' && isWords(message)) {
    if (audience.mayReadLogs && !isRedactedFor(code, audience)) return value
    return { code, message: redactionFor(code, audience) ?? { zh: message.zh, en: message.en } }
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, valueFor(each, audience)]))
}
