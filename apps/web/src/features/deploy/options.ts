import type { Inspection } from '@vitrine/contract'

/** Options of a deploy as the form holds them; `port` null lets the platform choose. */
export type DeployOptions = { id: string; name: string; port: number | null }

/** Whether a word can be an id: lower-case letters, digits, hyphens, at most 63. The server also knows the reserved words. */
export const isSlug = (id: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(id)

/** What the id and the title of a package were taken from. */
export type NamedFrom = Inspection['named_from']

/** The options to begin with: what was found, and nothing where only a name such as `ai_algorithm` was, so that a person gives one. */
export const optionsFor = (found: { id: string; name: string }, from: NamedFrom): DeployOptions => ({
  id: from?.id === 'placeholder' ? '' : found.id,
  name: from?.name === 'placeholder' ? '' : found.name,
  port: null,
})
