import { mediaKind, type JsonSchema, type MediaKind } from '@vitrine/contract'

/** The kinds of media that fit one element of an algorithm's input: what its `x-kind` says; text for a plain string. */
export function fittingKinds(input: JsonSchema): readonly MediaKind[] {
  const stated = mediaKind.safeParse(input['x-kind'])
  if (stated.data === 'file') return mediaKind.options
  if (stated.success) return [stated.data]
  return input['x-kind'] === undefined && input.type === 'string' ? ['text'] : []
}
