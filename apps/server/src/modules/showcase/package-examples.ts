import type { Json, Manifest } from '@vitrine/contract'
import { platformActor } from '../../lib/actor.ts'
import { pathInPackage } from '../../lib/path-in-package.ts'
import { translatedWords } from '../../lib/words.ts'
import { assetIdOf, hiddenAssetIn } from '../assets/asset-ids.ts'
import type { AssetsDeps, ReadAssetsDeps } from '../assets/assets.deps.ts'
import { importPackageFile } from '../assets/keep-asset.ts'
import type { PackageExamples } from '../deployments/deploy.types.ts'
import { exampleMediaRefused } from '../releases/releases.errors.ts'
import { takesMedia } from '../rollouts/check-golden.ts'

type ImporterDeps = AssetsDeps &
  Pick<ReadAssetsDeps, 'demoOf'> & {
    /** The owner of an algorithm. Null if the algorithm is gone. */
    ownerOf: (algorithmId: string) => Promise<string | null>
  }

/**
 * Throws `deploy.example_media` if a demo input names a media file that the algorithm may not show: stages and
 * share links show demo inputs to people who may not read that file themselves.
 */
async function refuseHiddenMedia(deps: ImporterDeps, algorithmId: string, manifest: Manifest): Promise<void> {
  const ownerId = await deps.ownerOf(algorithmId)
  for (const { name, input_data: inputData } of manifest.examples) {
    const hidden = await hiddenAssetIn(deps, inputData, ownerId)
    if (hidden !== null)
      throw exampleMediaRefused({ example: translatedWords(manifest.translations, name), asset_id: hidden })
  }
}

/** Makes assets of the platform from what a package shows. Elements that are not files of the package stay as they are. */
export const createPackageExamples = (deps: ImporterDeps): PackageExamples => ({
  check: ({ algorithmId, manifest }) => refuseHiddenMedia(deps, algorithmId, manifest),
  async keep({ algorithmId, manifest, packageFolder }) {
    await refuseHiddenMedia(deps, algorithmId, manifest)
    const placeOf = (await deps.ownerOf(algorithmId)) ?? undefined
    const keep = async (name: string, origin: 'example' | 'cover'): Promise<string | null> => {
      const path = await pathInPackage(packageFolder, name)
      return path === null
        ? null
        : (await importPackageFile(deps, { actor: platformActor, path, origin, placeOf })).id
    }
    const element = async (given: Json): Promise<Json> => {
      const id = typeof given === 'string' ? await keep(given, 'example') : null
      return id === null ? given : { asset_id: id }
    }
    const examples = []
    for (const example of manifest.examples) {
      const inputs = takesMedia(manifest)
        ? await Promise.all(example.input_data.map(element))
        : example.input_data
      const preview = assetIdOf(inputs[0])
      examples.push({
        name: example.name,
        input_data: inputs,
        parameters: example.parameters ?? {},
        preview_asset_id: preview,
        ...(example.language && { language: example.language }),
      })
    }
    return { examples, coverAssetId: manifest.cover === null ? null : await keep(manifest.cover, 'cover') }
  },
})
