import { json, longest } from '@vitrine/contract'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { isStorable } from '../../../lib/storable-text.ts'

/** The version number of the format of exports. */
export const formatVersion = 1
/** A description as a request may state one. The text of an export can write characters that the text of a request cannot. */
const description = z
  .string()
  .max(longest.configReason)
  .refine(isStorable, 'a character that cannot be stored (U+0000, or half of a surrogate pair)')
const exported = z.strictObject({
  vitrine_config: z.literal(formatVersion),
  values: z.record(z.string(), json),
  descriptions: z.record(z.string(), description).default({}),
  secrets: z.array(z.string()).default([]),
})

/** The content of an export. */
export type ConfigExport = z.output<typeof exported>
/** Why a text is not an export, and the line of the YAML error. Null if the YAML itself is valid. */
export type NoExport = { reason: string; line: number | null }

/** The value of a document. The parser refuses aliases that expand too often. */
function valueOf(document: ReturnType<typeof parseDocument>): { value: unknown } | NoExport {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error), line: null }
  }
}

/** Parses an export. A malicious text can make this take for ever, so call it in a thread. Pure. */
export function parseExport(text: string): ConfigExport | NoExport {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, uniqueKeys: true })
  const [error] = document.errors
  if (error) return { reason: error.message.split('\n')[0] ?? '', line: error.linePos?.[0].line ?? null }
  const found = valueOf(document)
  if ('reason' in found) return found
  const parsed = exported.safeParse(found.value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return { reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, line: null }
}
