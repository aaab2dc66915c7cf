import { localTextIn, textIn, type Language } from '@vitrine/contract'
import type { PagePreview } from '../../http/page-preview.ts'
import { apiPrefix } from '../../http/route.ts'
import { AppError } from '../../lib/errors.ts'
import { sha256 } from '../../lib/secrets.ts'
import { assetIdsIn } from '../assets/asset-ids.ts'
import { previewComparison } from '../comparisons/comparisons.usecases.ts'
import type { StoredShare } from './shares.repository.ts'
import type { ShowSharesDeps } from './shares.view.ts'
import { openShare, type OpenSharesDeps } from './shares.visitor.ts'

type PreviewDeps = ShowSharesDeps & OpenSharesDeps

/**
 * What a preview needs of a link's target: its service, its own title and the media files of its input. `madeAt`: when a recorded
 * result was made; a service that is newer is another one with the same ID. Null for a stage.
 */
type Subject = {
  serviceId: string
  title: string
  description: string
  assetIds: string[]
  madeAt: Date | null
}

/** Reads the target by key and without results, because the page waits for it. Null if the target was deleted. */
async function subjectOf(
  deps: PreviewDeps,
  { kind, targetId }: StoredShare,
  language: Language,
): Promise<Subject | null> {
  const untitled = { title: '', description: '' }
  switch (kind) {
    case 'stage': {
      const release = (await deps.releases.active([targetId])).get(targetId)
      if (!release) return null
      const assetIds = release.examples.flatMap((example) => assetIdsIn(example.input_data))
      const { translations, description } = release.manifest
      const shown = await deps.presentations.published(targetId)
      return {
        madeAt: null,
        serviceId: targetId,
        assetIds,
        title: shown.title[language] ?? '',
        description: localTextIn(shown.line, language, textIn(translations, language)(description)),
      }
    }
    case 'run': {
      const given = await deps.runs.given(targetId)
      return given && { ...untitled, ...given, madeAt: given.createdAt }
    }
    case 'comparison': {
      const found = await previewComparison(deps.comparisons, targetId)
      return found && { ...found, description: '', madeAt: found.createdAt }
    }
  }
}

/**
 * The path, below the link's address, of a picture of the first media file, if it has one. A link shows the
 * media of its target's input.
 */
async function picturePath({ assets }: PreviewDeps, [id]: readonly string[]): Promise<string | null> {
  const asset = id === undefined ? null : await assets.get(id)
  return asset?.variants.poster ? `/assets/${asset.id}/content?variant=poster` : null
}

/**
 * The preview of a link: what everybody with the link may see. Null if that is nothing, because the link is
 * unknown, ended or has a password, even for visitors who have entered it. A preview does not count as a
 * view.
 */
export async function previewShare(
  deps: PreviewDeps,
  token: string,
  language: Language,
): Promise<PagePreview | null> {
  try {
    const { share } = await openShare(deps, { token, secret: undefined, own: null })
    const subject = await subjectOf(deps, share, language)
    if (!subject) return null
    const named = share.title || subject.title
    const found = named === '' ? await deps.services.get(subject.serviceId) : null
    const service = found && subject.madeAt && found.createdAt > subject.madeAt ? null : found
    const picture = await picturePath(deps, subject.assetIds)
    return {
      title: named || (service ? textIn(service.translations, language)(service.name) : ''),
      description: share.text || subject.description,
      imagePath:
        picture === null ? null : `${apiPrefix}/public/shares/${encodeURIComponent(token)}${picture}`,
    }
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/** The sites that may show a link in a frame. They stay the same when the link ends, so that the frame can say so. Empty for an unknown link. */
export async function embeddersOf(deps: Pick<PreviewDeps, 'shares'>, token: string): Promise<string[]> {
  return (await deps.shares.byTokenHash(sha256(token)))?.embedOrigins ?? []
}
