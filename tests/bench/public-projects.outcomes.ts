import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'

const outcomeSchema = z.object({
  name: z.string(),
  commit: z.string(),
  recognised: z.string().nullable().describe('null where it did not get that far'),
  changes: z
    .string()
    .describe('what a person has to do: nothing, what was added, or what the inspection says'),
  deployed: z.string(),
  page: z.string().describe('whether its page below `/ai/<id>/` answered'),
  answered: z.string().describe('whether its request and its WebSocket answered'),
  seconds: z.number().nullable(),
  runs: z.boolean().describe('whether all of them answered as the list says'),
})
/** What became of one project that nobody changed. */
export type Outcome = z.infer<typeof outcomeSchema>

/** The outcomes of earlier runs. None if there is no such file. Throws if it is another file. */
export async function keptIn(file: string | undefined): Promise<Outcome[]> {
  if (file === undefined || !existsSync(file)) return []
  return z.array(outcomeSchema).parse(JSON.parse(await readFile(file, 'utf8')))
}

/** Writes all outcomes down, if there is a file for them. */
export async function keep(file: string | undefined, outcomes: readonly Outcome[]): Promise<void> {
  if (file !== undefined) await writeFile(file, `${JSON.stringify(outcomes, null, 1)}\n`)
}
