import type { Manifest } from '@vitrine/contract'
import type { Actor } from '../../lib/actor.ts'
import { mayBecomeDemoData } from '../../lib/policy.ts'
import { translatedWords } from '../../lib/words.ts'
import { assetIdsIn } from '../assets/asset-ids.ts'
import type { AssetsRepository } from '../assets/assets.repository.ts'
import { exampleMediaRefused } from '../releases/releases.errors.ts'
import type { StoredService } from '../services/services.repository.ts'

type Deps = {
  assets: Pick<AssetsRepository, 'get'>
  /** The owner of an algorithm. Null if it is gone. */
  ownerOf: (algorithmId: string) => Promise<string | null>
  /** The services that have a media file as demo data. */
  demoOf: (assetId: string) => Promise<readonly string[]>
  services: { some: (ids: readonly string[]) => Promise<Pick<StoredService, 'id' | 'algorithmId'>[]> }
}

/** Throws `deploy.example_media` for a media file of the algorithm's owner that this deploy may not show to everybody. */
export type RequireGivenMedia = (wanted: {
  algorithmId: string
  manifest: Pick<Manifest, 'examples' | 'translations'>
  /** Who asks for the deploy. Null if nobody does. */
  giver: Actor | null
}) => Promise<void>

/** Media of other people are refused when the release is configured, whoever deploys. */
export const createGivenMediaRule =
  (deps: Deps): RequireGivenMedia =>
  async ({ algorithmId, manifest, giver }) => {
    for (const { name, input_data: inputData } of manifest.examples)
      for (const id of new Set(assetIdsIn(inputData))) {
        const asset = await deps.assets.get(id)
        if (!asset || asset.ownerId !== (await deps.ownerOf(algorithmId))) continue
        const showing = await deps.services.some(await deps.demoOf(id))
        const shownBy = showing.filter((each) => each.algorithmId === algorithmId).map((each) => each.id)
        if (!mayBecomeDemoData(asset, { giver, shownBy }))
          throw exampleMediaRefused({ example: translatedWords(manifest.translations, name), asset_id: id })
      }
  }
