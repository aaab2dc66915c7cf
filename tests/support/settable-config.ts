import { configKeys, type KnownConfigKey } from '@vitrine/contract'

/** Values of the configuration as the parts that read them see them: the usual ones, until a test sets others. */
export function settableConfig() {
  const values = new Map<KnownConfigKey, number>()
  return {
    number: (key: KnownConfigKey): number => values.get(key) ?? Number(configKeys[key].fallback),
    /** Changes a value, as an administrator does on the page. */
    set: (key: KnownConfigKey, value: number) => void values.set(key, value),
  }
}
