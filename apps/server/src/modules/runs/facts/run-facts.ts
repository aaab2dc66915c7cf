import type { CodeHostKind, Json, NetworkPolicy, ResourceLimits } from '@vitrine/contract'
import { canonicalDigest } from '../../../lib/canonical-json.ts'
import type { CodePlaces } from '../../algorithms/code-places.repository.ts'
import { assetIdsIn } from '../../assets/asset-ids.ts'
import type { AssetsRepository } from '../../assets/assets.repository.ts'
import type { RunPlan } from '../run-instance.ts'

/**
 * What a run was made with, at that time. It is stored with the run, because its release and its media may be deleted
 * later.
 */
export type RunFacts = {
  /** The version of the platform, and so of its runtimes. */
  platform: string
  algorithm: string
  /** Where its code was. `url` is a path for the platform's own repositories. */
  code: { provider: CodeHostKind; url: string } | null
  /** The version that the manifest states. */
  version: string | null
  runtime: string | null
  limits: ResourceLimits
  network: NetworkPolicy
  /** The revision of the configuration whose variables its service had. 0 if there was none. */
  configRevision: number
  /** The installed dependencies. Null if nothing was installed. The digest is null if it was not recorded. */
  environment: { sha256: string | null } | null
  /** The image of its container. Null if it has none. */
  image: { sha256: string; published?: string | undefined } | null
  models: { path: string; sha256: string }[]
  inputSha256: string
  media: { assetId: string; sha256: string }[]
}

/** Collects the facts of a run at its beginning. */
export type RecordFacts = (plan: RunPlan, inputData: Json[]) => Promise<RunFacts>

/** The limits of a run. A temporary instance of an older release has those of its manifest. */
const limitsOf = ({ service, release }: RunPlan): ResourceLimits => {
  const own = release?.manifest.resources ?? {}
  return release?.number === service.currentRelease ? (service.limits ?? own) : own
}

/** Makes the function that collects the facts of runs. `version` is the version of the platform. */
export function factsRecorder({
  assets,
  places,
  version,
}: {
  assets: Pick<AssetsRepository, 'digestsOf'>
  places: Pick<CodePlaces, 'get'>
  version: string
}): RecordFacts {
  return async (plan, inputData) => {
    const { service, release } = plan
    const { algorithmId } = service
    const [code, media] = await Promise.all([
      places.get(algorithmId),
      assets.digestsOf([...new Set(assetIdsIn(inputData))]),
    ])
    return {
      platform: version,
      algorithm: algorithmId,
      code: code && { provider: code.provider, url: code.url },
      version: release?.manifest.version ?? null,
      runtime: release?.manifest.runtime ?? null,
      limits: limitsOf(plan),
      network: service.options.network,
      configRevision: service.configRevision,
      environment:
        release === null || release.environmentHash === null ? null : { sha256: release.environmentSha256 },
      image: release?.image
        ? { sha256: release.image.id.replace('sha256:', ''), published: release.image.published }
        : null,
      models: (release?.manifest.models ?? []).map(({ path, sha256 }) => ({ path, sha256 })),
      inputSha256: await canonicalDigest(inputData),
      media,
    }
  }
}
