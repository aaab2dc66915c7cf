import { mediaKind, type JsonSchema, type MediaKind } from '@vitrine/contract'

/**
 * The kinds of media that fit one element of an algorithm's input. Its `x-kind` decides; a plain string
 * accepts text.
 */
export function fittingKinds(input: JsonSchema): readonly MediaKind[] {
  const stated = mediaKind.safeParse(input['x-kind'])
  if (stated.data === 'file') return mediaKind.options
  if (stated.success) return [stated.data]
  return input['x-kind'] === undefined && input.type === 'string' ? ['text'] : []
}
