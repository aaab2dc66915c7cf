import type { z } from 'zod'
import type { Json } from './common.ts'
import type { ConfigUnit } from './config-units.ts'
import type { configEffects, configKinds, configTypes } from './choices.ts'

/** Whose a value is: the platform's, a service's, or a person's own. */
export type ConfigType = (typeof configTypes)[number]
/** When a changed value takes effect: now, in instances that are started from now on, or at the next start of the platform. */
export type ConfigEffect = (typeof configEffects)[number]
/** How a value is entered. */
export type ConfigKind = (typeof configKinds)[number]

type Words = { zh: string; en: string }

/** A key of the platform's own. */
export type ConfigKeyDefinition = {
  /** Whose values can be set; none: it is chosen elsewhere. */
  types: readonly ConfigType[]
  kind: ConfigKind
  /** What a value has to be. It gives the form in which the value is stored: a text such as `5m` becomes a number of `unit`. */
  schema: z.ZodType<Json>
  /** The unit of a duration or a size. */
  unit?: ConfigUnit
  /** A value, for people who enter one of a kind that has a form of its own. */
  example?: Json
  /** The value where none is set; null if there is none. */
  fallback: string | number | boolean | null
  /** What can be chosen. */
  choices?: readonly string[]
  /** Whose values can stand in a file, if it is not the same as `types`. */
  inFile?: readonly ConfigType[]
  /** Whose values they are shown with, if they are set elsewhere. */
  shownFor?: readonly ConfigType[]
  /** Whether only administrators change it, and not everybody who may change the configuration. */
  administratorsOnly?: boolean
  /** The key whose value this one may not exceed. */
  atMost?: string
  /** Whether it is never shown. */
  secret?: boolean
  /** The setting of the process that is the same value under another name. */
  setting?: string
  /** The setting from which the start makes the value. The key itself can be set nowhere. */
  madeFrom?: string
  effect: ConfigEffect
  title: Words
  about: Words
}
