import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { hasCode } from './code-of-error.ts'

/** The result of work on a file or folder; null if there is none. */
export async function ifThere<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/** The content of a JSON file; null if there is none. Throws if it is damaged or does not have this form. */
export async function readJsonIfThere<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await ifThere(readFile(path, 'utf8'))
  return text === null ? null : schema.parse(JSON.parse(text))
}
