import {
  configKeys,
  isKnownConfigKey,
  quantityText,
  type BrokenRule,
  type ConfigKeyDefinition,
  type Json,
  type KnownConfigKey,
  type RequestedChange,
} from '@vitrine/contract'
import { storedForm } from '../../config-files/config-value-schema.ts'
import { valueThatCounts, type FixedLayers } from '../effective/current-config.ts'
import type { StoredConfig } from '../configs.repository.ts'
import type { ConfigScope } from '../scopes/config-scope.ts'

/** A change with whose value it is, and where it is in the request. */
type Placed = { change: RequestedChange; found: { scope: ConfigScope }; place: string }
type Pair = { small: KnownConfigKey; great: KnownConfigKey }

/** Keys of the platform whose values bound each other. */
const pairs: readonly Pair[] = Object.entries<ConfigKeyDefinition>(configKeys).flatMap(
  ([small, { atMost }]) =>
    isKnownConfigKey(small) && atMost !== undefined && isKnownConfigKey(atMost)
      ? [{ small, great: atMost }]
      : [],
)

const written = (key: KnownConfigKey, value: number): string => {
  const { unit }: ConfigKeyDefinition = configKeys[key]
  return unit === undefined ? String(value) : quantityText(value, unit)
}

/**
 * What is wrong with several changes of the platform's values together. A value may be valid by itself and still exceed another one,
 * whether that one is changed too or not. The problem is reported at the changed value. Pure.
 */
export function issuesTogether(
  placed: readonly Placed[],
  { layers, rows }: { layers: FixedLayers; rows: readonly StoredConfig[] },
): BrokenRule[] {
  const changes = new Map(
    placed.flatMap((one) => (one.found.scope.type === 'system' ? [[one.change.key, one] as const] : [])),
  )
  const after = new Map<string, Json>(
    rows.flatMap((row) =>
      row.configType === 'system' && !row.secret ? [[row.configKey, row.configValue] as const] : [],
    ),
  )
  for (const [key, { change }] of changes)
    if (change.unset === true || change.value === undefined) after.delete(key)
    else after.set(key, storedForm(key, change.value))
  const valueOf = (key: KnownConfigKey): number => Number(valueThatCounts(key, layers, after))
  return pairs.flatMap(({ small, great }): BrokenRule[] => {
    const [least, most] = [valueOf(small), valueOf(great)]
    if (least <= most) return []
    const [ofSmall, ofGreat] = [changes.get(small), changes.get(great)]
    if (ofSmall)
      return [
        {
          path: ofSmall.place,
          rule: 'field.above_key',
          values: { other: great, expected: written(great, most) },
        },
      ]
    if (!ofGreat) return []
    return [
      {
        path: ofGreat.place,
        rule: 'field.below_key',
        values: { other: small, expected: written(small, least) },
      },
    ]
  })
}
