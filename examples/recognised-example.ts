import { basename } from 'node:path'
import type { Manifest } from '@vitrine/contract'
import { recognise } from '../apps/server/src/modules/algorithms/recognition/recognise.ts'
import { viewFolder } from '../apps/server/src/modules/sources/package-view.ts'

/** Recognises an example's folder as the platform does for an upload. Throws if there are problems. */
export async function recogniseExample(folder: string): Promise<Manifest> {
  const { manifest, problems, warnings } = await recognise(await viewFolder(folder), {
    packageName: basename(folder),
  })
  if (!manifest || problems.length + warnings.length > 0)
    throw new Error(`${folder} is not recognised without reserve: ${JSON.stringify([problems, warnings])}`)
  return manifest
}
