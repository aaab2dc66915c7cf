import { baseImagePairs } from '@vitrine/contract'

/**
 * The image that is used in place of a usual base: the one that is set for exactly this one, else the one that is set for its
 * name without a tag, else itself. Pure.
 */
export function baseImageOf(usual: string, setting: readonly string[]): string {
  const stands = new Map(baseImagePairs(setting))
  return stands.get(usual) ?? stands.get(usual.split(':')[0] ?? '') ?? usual
}
