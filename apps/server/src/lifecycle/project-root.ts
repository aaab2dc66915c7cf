import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const packageFile = z.looseObject({ name: z.string().optional(), version: z.string().optional() })

/** Returns the project's folder and version. It is the folder above this file whose package is `vitrine`. */
export async function findProjectRoot(): Promise<{ folder: string; version: string }> {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null)
    const found = text === null ? null : packageFile.parse(JSON.parse(text))
    if (found?.name === 'vitrine') return { folder, version: found.version ?? '0.0.0' }
    if (folder === dirname(folder)) throw new Error('the folder of the project was not found')
    folder = dirname(folder)
  }
}
