import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from './code-of-error.ts'

/** Resolves when the bytes of a file are on the disk, and not only in memory. */
async function syncFile(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Some file systems keep the names in a folder without being asked, and refuse the question. PostgreSQL lets that pass, too. */
const isRefused = (error: unknown): boolean => hasCode(error, 'EINVAL', 'EBADF')

/** Resolves when the names in a folder are on the disk. */
export async function syncFolder(path: string): Promise<void> {
  try {
    await syncFile(path)
  } catch (error) {
    if (!isRefused(error)) throw error
  }
}

/** Renames a file so that after a power cut its new name stands for all of its bytes, or does not exist. */
export async function renameSynced(from: string, to: string): Promise<void> {
  await syncFile(from)
  await rename(from, to)
  await syncFolder(dirname(to))
}
