import type { z } from 'zod'
import type { Json } from './common.ts'
import type { ConfigUnit } from './config-units.ts'
import type { configEffects, configKinds, configTypes } from './choices.ts'

/** To whom a value belongs: to the platform, a service, or a person. */
export type ConfigType = (typeof configTypes)[number]
/**
 * When a changed value takes effect: at once, in instances that start after the change, or at the next start of the
 * platform.
 */
export type ConfigEffect = (typeof configEffects)[number]
/** How a value is entered. */
export type ConfigKind = (typeof configKinds)[number]

type Words = { zh: string; en: string }

/** A key of the configuration that the platform itself reads. */
export type ConfigKeyDefinition = {
  /** To whom a value of this key can belong. Empty if the value is chosen elsewhere. */
  types: readonly ConfigType[]
  kind: ConfigKind
  /** The schema of a value. Its output is the stored form: a text such as `5m` becomes a number in `unit`. */
  schema: z.ZodType<Json>
  /** The unit of a duration or a size. */
  unit?: ConfigUnit
  /** An example, for kinds whose values have a special form. */
  example?: Json
  /** The default value. Null if there is none. */
  fallback: string | number | boolean | null
  /** The values that can be chosen. */
  choices?: readonly string[]
  /** Whose values can be set in `config.yaml`, if that differs from `types`. */
  inFile?: readonly ConfigType[]
  /** With whose values this key is shown, if it is set elsewhere. */
  shownFor?: readonly ConfigType[]
  /** Whether only administrators change it, and not everybody who may change the configuration. */
  administratorsOnly?: boolean
  /** The key whose value this one may not exceed. */
  atMost?: string
  /** Whether the value is never shown. */
  secret?: boolean
  /** The setting of the process that is another name for the same value. */
  setting?: string
  /** The setting from which the start derives the value. The key itself cannot be set. */
  madeFrom?: string
  effect: ConfigEffect
  title: Words
  about: Words
}
