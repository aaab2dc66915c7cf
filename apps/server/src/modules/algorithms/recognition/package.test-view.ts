import type { PackageView } from '../../sources/package-view.ts'
import { recognise, toInspection } from './recognise.ts'

/** The files of a package by their paths. */
export type Files = Readonly<Record<string, string>>

/** A package that is only texts. */
export const viewOf = (files: Files): PackageView => ({
  files: Object.keys(files)
    .toSorted((one, other) => (one < other ? -1 : 1))
    .map((path) => ({ path, size: Buffer.byteLength(files[path] ?? '') })),
  readText: async (path) => files[path] ?? null,
})

/** What a package is recognised as. */
export const inspect = async (files: Files, language: 'zh' | 'en' = 'en') =>
  toInspection(await recognise(viewOf(files), { packageName: 'demo' }), [], language)

/** How a package is started: its form, its entry and its start command. */
export async function startOf(files: Files): Promise<[form: string | null, entry?: string, start?: string]> {
  const { recognised, manifest } = await inspect(files)
  return manifest ? [recognised, manifest.entry, manifest.launch?.start] : [recognised]
}
