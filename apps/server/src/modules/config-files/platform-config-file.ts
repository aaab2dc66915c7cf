import { longest } from '@vitrine/contract'
import { readFile, stat } from 'node:fs/promises'
import { ifThere } from '../../lib/if-there.ts'
import { parseConfigFile, problemWords, type FileValues } from './config-file.ts'
import { configFileInvalid } from './config-files.errors.ts'

/** Whether every account of the machine may read a file, which may hold passwords and keys. */
export const isOpenToOthers = async (path: string): Promise<boolean> =>
  (((await ifThere(stat(path)))?.mode ?? 0) & 0o004) !== 0

/**
 * Reads the platform's own file of the configuration; nothing if there is none. Throws `config.file_invalid` with every line
 * that is wrong.
 */
export async function readPlatformConfigFile(path: string): Promise<FileValues> {
  const found = await ifThere(stat(path))
  if (!found) return new Map()
  if (found.size > longest.configImport)
    throw configFileInvalid({ path, problems: [{ zh: `${path}：超过 1 MiB`, en: `${path}: over 1 MiB` }] })
  const { values, problems } = parseConfigFile(await readFile(path, 'utf8'), 'system')
  if (problems.length > 0)
    throw configFileInvalid({ path, problems: problems.map((problem) => problemWords(path, problem)) })
  return values
}
