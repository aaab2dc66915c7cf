import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Where a package begins. If everything was packed in one folder, that folder is the package. `name` is the
 * name of that folder, or null if the package is the root itself.
 */
export async function packageRoot(folder: string): Promise<{ folder: string; name: string | null }> {
  const entries = await readdir(folder, { withFileTypes: true })
  const only = entries.length === 1 ? entries[0] : undefined
  return only?.isDirectory() ? { folder: join(folder, only.name), name: only.name } : { folder, name: null }
}

/** The name of an archive or file without folders and endings: `情感分析.tar.gz` → `情感分析`. */
export function stemOf(fileName: string): string {
  const base = fileName.split(/[/\\]/).at(-1) ?? ''
  return base.replace(/(\.tar)?\.[A-Za-z0-9]+$/, '') || base
}
