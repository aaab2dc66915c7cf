import { isUtf8 } from 'node:buffer'
import { buffer } from 'node:stream/consumers'
import type { CodeHost } from '../../adapters/code-host/code-host.ts'
import { AppError } from '../../lib/errors.ts'

/** Larger files are not read, in bytes. */
const largest = 256 * 1024
/** One for each language of the product. */
const mostFiles = 2
const isReadme = (name: string): boolean =>
  /^readme(?:[._-](?:zh|en|cn)[\w-]*)?\.(?:md|markdown|txt)$/i.test(name)

/**
 * The texts of the README files at the top of a commit. None if the code host cannot be reached: they are only
 * suggestions. Nothing in them is executed.
 */
export async function readReadmes(
  codeHost: Pick<CodeHost, 'stat' | 'read'>,
  { algorithmId, commit }: { algorithmId: string; commit: string },
): Promise<string[]> {
  try {
    const top = await codeHost.stat(algorithmId, commit, '')
    if (top?.type !== 'folder') return []
    const found = top.entries.filter(
      ({ name, type, size }) => type === 'file' && size <= largest && isReadme(name),
    )
    const texts: string[] = []
    for (const { name } of found.slice(0, mostFiles)) {
      const bytes = await buffer(await codeHost.read(algorithmId, commit, name))
      if (isUtf8(bytes) && !bytes.includes(0)) texts.push(bytes.toString('utf8'))
    }
    return texts
  } catch (error) {
    if (error instanceof AppError) return []
    throw error
  }
}
