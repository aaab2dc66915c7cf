import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Where a package really begins: what was packed as one folder is that folder. `name` is the folder's, null if the package
 * lies at the root itself.
 */
export async function packageRoot(folder: string): Promise<{ folder: string; name: string | null }> {
  const entries = await readdir(folder, { withFileTypes: true })
  const only = entries.length === 1 ? entries[0] : undefined
  return only?.isDirectory() ? { folder: join(folder, only.name), name: only.name } : { folder, name: null }
}

/** An archive's or file's name without folders and endings: `情感分析.tar.gz` → `情感分析`. */
export function stemOf(fileName: string): string {
  const base = fileName.split(/[/\\]/).at(-1) ?? ''
  return base.replace(/(\.tar)?\.[A-Za-z0-9]+$/, '') || base
}
