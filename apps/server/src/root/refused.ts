import type { Words } from '../lib/words.ts'

/** Why root stays what runs the platform, in both languages. */
export const refused = (zh: string, en: string): { why: Words } => ({ why: { zh, en } })
