import type { Manifest } from '@vitrine/contract'
import { viewFolder } from '../sources/package-view.ts'
import type { ReadRequirements } from './python-dependencies.ts'

/**
 * Which environment a package has. For a command, its files decide: lists of Python packages first, then a `package.json`,
 * or the other way round if Node starts it.
 */
export async function environmentKind(
  folder: string,
  { runtime, entry, launch }: Pick<Manifest, 'runtime' | 'entry' | 'launch'>,
  readRequirements: ReadRequirements,
): Promise<'python' | 'node' | null> {
  if (runtime === 'python' || runtime === 'node') return runtime
  if (runtime !== 'command') return null
  const view = await viewFolder(folder)
  const paths = new Set(view.files.map(({ path }) => path))
  const { file, from } = await readRequirements(view, { folder: launch?.folder ?? '', named: null })
  const isForNode = /\b(node|npm|npx|pnpm|yarn|tsx)\b/.test(launch?.start ?? entry)
  const kinds = {
    python: file !== null || from !== null || (launch?.install.length ?? 0) > 0,
    node: paths.has('package.json'),
  }
  const order = isForNode ? (['node', 'python'] as const) : (['python', 'node'] as const)
  return order.find((kind) => kinds[kind]) ?? null
}
