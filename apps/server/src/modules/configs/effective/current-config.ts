import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { configKeys, isKnownConfigKey, type Json, type KnownConfigKey } from '@vitrine/contract'
import { createBus } from '../../../lib/bus.ts'
import { valueOfEnvironment, type Environment } from './environment.ts'
import type { FileValues } from '../../config-files/config-file.ts'
import { systemScope } from '../scopes/config-scope.ts'
import type { ConfigsRepository } from '../configs.repository.ts'

/** The layers that do not change while the platform runs. */
export type FixedLayers = {
  /** The environment of the platform, including `.env`. */
  env: Environment
  /** The values of `config.yaml`. */
  file: FileValues
}

/** The current values of the platform. They are in memory, so reading one needs no query. */
export type CurrentConfig = Awaited<ReturnType<typeof openCurrentConfig>>

const knownKeys = Object.keys(configKeys).filter(isKnownConfigKey)

/** The effective value of a key of the platform: from the environment, the database, the file, or the default. Pure. */
export function valueThatCounts(
  key: KnownConfigKey,
  { env, file }: FixedLayers,
  stored: ReadonlyMap<string, Json>,
): Json {
  const given = valueOfEnvironment(env, key)
  if (given !== undefined) return given
  return stored.get(key) ?? file.get(key) ?? configKeys[key].fallback
}

/**
 * Keeps the values of the platform in memory, so that reading one costs nothing. No other process writes them while
 * this one holds the lock on the database. Call `reload` after this process has written some. Rejects if the database
 * does not answer.
 */
export async function openCurrentConfig({
  configs,
  ...layers
}: FixedLayers & { configs: Pick<ConfigsRepository, 'values'> }) {
  const changes = createBus<ReadonlySet<KnownConfigKey>>()
  let values: ReadonlyMap<KnownConfigKey, Json> = new Map()
  /**
   * The number of reads so far. Only the answer of the latest read is used, even if an earlier one arrives after it.
   */
  let asked = 0
  let answered = 0

  async function read(): Promise<ReadonlyMap<KnownConfigKey, Json>> {
    const rows = await configs.values([systemScope])
    // Secrets are sealed, and are read only when they are needed (`platform-secret.ts`).
    const open = rows.filter(({ secret }) => !secret)
    const stored = new Map(open.map(({ configKey, configValue }) => [configKey, configValue]))
    return new Map(knownKeys.map((key) => [key, valueThatCounts(key, layers, stored)]))
  }
  async function reload(): Promise<void> {
    const number = ++asked
    const next = await read()
    if (number < answered) return
    answered = number
    const before = values
    values = next
    const changed = new Set(knownKeys.filter((key) => !isDeepStrictEqual(before.get(key), next.get(key))))
    if (changed.size > 0) changes.publish(changed)
  }
  await reload()

  const current = (key: KnownConfigKey): Json => values.get(key) ?? null
  const wrongKind = (key: KnownConfigKey, kind: string) => new Error(`the value of ${key} is no ${kind}`)
  return {
    /** The value of a key that is a number. */
    number(key: KnownConfigKey): number {
      const value = current(key)
      if (typeof value !== 'number') throw wrongKind(key, 'number')
      return value
    },
    /** The value of a key that is a text. Null if it has none. */
    text(key: KnownConfigKey): string | null {
      const value = current(key)
      if (value !== null && typeof value !== 'string') throw wrongKind(key, 'text')
      return value
    },
    /** The value of a key that is a number. Null if it has none. */
    numberOrNone(key: KnownConfigKey): number | null {
      const value = current(key)
      if (value !== null && typeof value !== 'number') throw wrongKind(key, 'number')
      return value
    },
    /** The entries of a key that is a list. Empty if it has no value. */
    list: (key: KnownConfigKey): string[] => z.array(z.string()).parse(current(key) ?? []),
    /** The value of a key with a schema. Null if it has none. */
    object: <T>(key: KnownConfigKey, schema: z.ZodType<T>): T | null => schema.nullable().parse(current(key)),
    /** Whether a switch is on. */
    isOn: (key: KnownConfigKey): boolean => current(key) === true,
    /** Reads the stored values again. Subscribers are called before it resolves. */
    reload,
    /** Calls a listener with the keys whose values have changed. */
    subscribe: changes.subscribe,
  }
}
