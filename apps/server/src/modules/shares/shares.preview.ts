import { textIn, type Json, type Language } from '@vitrine/contract'
import type { PagePreview } from '../../http/page-preview.ts'
import { apiPrefix } from '../../http/route.ts'
import { AppError } from '../../lib/errors.ts'
import { assetIdsIn } from '../runs/runs.usecases.ts'
import type { StoredShare } from './shares.repository.ts'
import type { ShowSharesDeps } from './shares.view.ts'
import { openShare, type OpenSharesDeps } from './shares.visitor.ts'

type PreviewDeps = ShowSharesDeps & OpenSharesDeps

/** What a preview tells of a link's target: the service that it is of, a title of its own, its first input. */
type Subject = { serviceId: string; title: string; description: string; inputData: Json[] }

/** Looked up by keys, without results: the page waits for it. Null where the target was deleted. */
async function subjectOf(
  deps: PreviewDeps,
  { kind, targetId }: StoredShare,
  language: Language,
): Promise<Subject | null> {
  const { running } = deps
  const { comparisons } = deps.comparisons
  const untitled = { title: '', description: '' }
  switch (kind) {
    case 'stage': {
      const release = (await running.releases.active([targetId])).get(targetId)
      if (!release) return null
      const inputData = release.examples.flatMap((example) => example.input_data)
      const { translations, description } = release.manifest
      return {
        ...{ ...untitled, serviceId: targetId, inputData },
        description: textIn(translations, language)(description),
      }
    }
    case 'run': {
      const given = await running.runs.given(targetId)
      return given && { ...untitled, ...given }
    }
    case 'comparison': {
      const row = await comparisons.get(targetId)
      const serviceId = row?.cells[0]?.target.service_id ?? ''
      return row && { ...untitled, serviceId, title: row.title, inputData: row.inputData }
    }
  }
}

/** Path, below a link's own, of a picture of the first media file, where it has one; a link shows the media of its target's input. */
async function picturePath({ running }: PreviewDeps, inputData: Json[]): Promise<string | null> {
  const [id] = assetIdsIn(inputData)
  const asset = id === undefined ? null : await running.assets.get(id)
  return asset?.variants.poster ? `/assets/${asset.id}/content?variant=poster` : null
}

/**
 * What a chat shows of a link: what everybody who has it may see. Null where that is nothing: the link is unknown, over, or
 * behind a password, also for who has opened it with that. It does not count as a view.
 */
export async function previewShare(
  deps: PreviewDeps,
  token: string,
  language: Language,
): Promise<PagePreview | null> {
  try {
    const { share } = await openShare(deps, { token, secret: undefined })
    const subject = await subjectOf(deps, share, language)
    if (!subject) return null
    const named = share.title || subject.title
    const service = named === '' ? await deps.running.services.get(subject.serviceId) : null
    const picture = await picturePath(deps, subject.inputData)
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
