/** Options of a deploy as the form holds them; `port` null lets the platform choose. */
export type DeployOptions = { id: string; name: string; port: number | null }

/** Whether a word can be an id: lower-case letters, digits, hyphens, at most 63. The server also knows the reserved words. */
export const isSlug = (id: string): boolean => /^[a-z0-9][a-z0-9-]{0,62}$/.test(id)
