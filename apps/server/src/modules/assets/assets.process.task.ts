import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { role, type StepOf } from '@vitrine/contract'
import { z } from 'zod'
import type { MediaFacts, MediaTools } from '../../adapters/media-tools/media-tools.ts'
import { perSecond } from '../../adapters/media-tools/playable.ts'
import { platformActor } from '../../lib/actor.ts'
import { AppError } from '../../lib/errors.ts'
import { wordsOfError, type LocalisedText } from '../../lib/words.ts'
import type { Percent, TaskContext, TaskKind } from '../tasks/task-kind.ts'
import { payerOf } from '../quotas/quotas.ts'
import type { Payer } from '../quotas/storage-quota.ts'
import { reasonFor, type AssetsDeps, type Sender } from './assets.deps.ts'
import { assetTooLong, mediaToolsMissing } from './assets.errors.ts'
import { makeForm, makePictures, makeStills, mostFormBytes, type FormWork } from './assets.forms.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import type { StoredAsset } from './assets.repository.ts'
import { percentReporter } from './percent-reporter.ts'

const processInput = z.object({
  asset_id: z.string(),
  /** Who pays for the room of what is made. Absent for the platform. */
  payer: z.object({ role, links_of: z.string().optional() }).optional(),
  /** Whose place it takes, if not that of its owner. */
  place_of: z.string().optional(),
})

const payerIn = (id: string, { role: held, links_of: linksOf }: StoredPayer): Payer => ({
  id,
  role: held,
  ...(linksOf !== undefined && { linksOf }),
})

/**
 * The input of the task that makes the forms of an asset. All visitors of one person's links have one place together, because whoever
 * opens a link again is another visitor; and media of packages have those of their owners, because all of them belong to the platform.
 */
export const processInputOf = (
  { id: assetId }: Pick<StoredAsset, 'id'>,
  sender: Sender,
): z.input<typeof processInput> => {
  const { id, role: held, linksOf, placeOf = linksOf === undefined ? undefined : payerOf(sender) } = sender
  return {
    asset_id: assetId,
    ...(id !== platformActor.id && {
      payer: { role: held, ...(linksOf !== undefined && { links_of: linksOf }) },
    }),
    ...(placeOf !== undefined && { place_of: placeOf }),
  }
}

/**
 * Two of a person at once, so that a picture need not wait for a video, and one more for somebody else; two more for people who have
 * none, because a film may take days. Services keep most of the processor.
 */
const processed = { atOnce: 3, perPerson: 2, reserve: 2 }

type StoredPayer = NonNullable<z.output<typeof processInput>['payer']>
type ProcessDeps = Pick<
  AssetsDeps,
  'assets' | 'objects' | 'tools' | 'queue' | 'longestS' | 'limitBytes' | 'storageQuota'
>
type Step = TaskContext<unknown, StepOf<'asset.process'>>['step']
/** One asset that its task is processing. */
type Processing = {
  deps: ProcessDeps & { tools: MediaTools }
  row: StoredAsset
  payer: Payer | null
  work: FormWork
  step: Step
}

const skip = { skipped: true, value: null }

async function lookInside({ deps, row, work }: Processing) {
  if (row.kind === 'image') return { ...skip, value: null }
  try {
    const facts = await deps.tools.probe(work)
    const { kind, width, height, durationS } = facts
    const frameRate = facts.frameRate ? perSecond(facts.frameRate) : null
    await deps.assets.update(row.id, { kind, mime: facts.mime, width, height, durationS, frameRate })
    const original = { key: row.sha256, mime: facts.mime }
    await deps.assets.addVariants(row.id, { original })
    return {
      message: [facts.mime, facts.videoCodec, facts.audioCodec].filter(Boolean).join(' · '),
      value: facts,
    }
  } catch (error) {
    // A file of unknown type in which no media are found stays a plain file.
    const isPlainFile = row.kind === 'file' && error instanceof AppError && error.code === 'media.unreadable'
    if (!isPlainFile) throw error
    await deps.assets.addVariants(row.id, { playable: { key: row.sha256, mime: row.mime } })
    return { message: { zh: '不是音视频', en: 'neither audio nor video' }, value: null }
  }
}

type Made = { message?: LocalisedText; skipped?: boolean; value: AppError | null }

const without = (reason: AppError): Made => ({ message: wordsOfError(reason), skipped: true, value: reason })

/** Why no playable form is made of a file that browsers do not play. Null if one is. */
async function refusalOf({ deps, payer }: Processing, { durationS }: MediaFacts): Promise<AppError | null> {
  if (durationS > deps.longestS) return assetTooLong({ seconds: durationS, limit_s: deps.longestS })
  if (payer === null) return null
  try {
    await deps.storageQuota.requireRoom(payer)
    return null
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

/** Makes the playable form. Resolves with the reason if none can be made. */
async function makePlayable(
  processing: Processing,
  facts: MediaFacts,
  report: (progress: Percent) => Promise<void>,
): Promise<Made> {
  const { deps, row, work } = processing
  if (facts.playableAs !== null) {
    await deps.assets.addVariants(row.id, { playable: { key: row.sha256, mime: facts.playableAs } })
    return { message: { zh: '浏览器可直接播放', en: 'browsers can play it without conversion' }, ...skip }
  }
  const refusal = await refusalOf(processing, facts)
  if (refusal) return without(refusal)
  const progress = percentReporter(report)
  const onProgress = (part: number) => progress.report(part)
  const mostBytes = mostFormBytes(deps, row)
  try {
    const made = await makeForm(deps, row, {
      variant: 'playable',
      mime: `${facts.kind}/mp4`,
      work,
      make: (target) => deps.tools.transcode({ ...work, target, mostBytes, facts, onProgress }),
    })
    return {
      message: made ? '100%' : { zh: '同一内容已转码', en: 'the same content is already transcoded' },
      value: null,
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'media.result_too_large') return without(error)
    throw error
  } finally {
    await progress.settled()
  }
}

async function makeWaveform({ deps, row, work }: Processing): Promise<{ value: null }> {
  await makeForm(deps, row, {
    variant: 'waveform',
    mime: 'application/json',
    work,
    make: async (target) => writeFile(target, JSON.stringify(await deps.tools.waveform(work))),
  })
  return { value: null }
}

/** Runs the steps in order. Resolves with the reason if there is no playable form, else null. */
async function makeForms(processing: Processing): Promise<AppError | null> {
  const { deps, row, work, step } = processing
  const facts = await step('probe', () => lookInside(processing))
  const lack = await step('transcode', async (report) =>
    facts ? makePlayable(processing, facts, report) : skip,
  )
  await step('pictures', async () => {
    if (row.kind === 'image') await makePictures(deps, row, work)
    else if (facts?.kind === 'video') await makeStills(deps, row, { ...work, facts })
    else return skip
    return { value: null }
  })
  await step('waveform', async () => (facts?.audioCodec ? makeWaveform(processing) : skip))
  return lack
}

/**
 * Ends after a failure. The forms that were made stay usable, and the asset and the task both give the reason
 * for the missing ones.
 */
async function endWithout(deps: ProcessDeps, assetId: string, error: TaskFailure): Promise<void> {
  const row = await deps.assets.get(assetId)
  if (!row) return
  const isUsable =
    row.variants.playable !== undefined || ['task.cancelled', 'asset.tools_missing'].includes(error.code)
  const status = isUsable ? 'ready' : 'failed'
  await deps.assets.update(assetId, { status, reason: { code: error.code, ...error.message }, taskId: null })
}

/** The task that inspects a media file and makes the forms that pages show. Algorithms always get the original. */
export function processTask(deps: ProcessDeps): TaskKind<typeof processInput, 'asset.process'> {
  return {
    kind: 'asset.process',
    ...processed,
    input: processInput,
    personOf: ({ place_of: placeOf }) => placeOf ?? null,
    async run({ task, input, signal, step }) {
      const { tools } = deps
      const row = await deps.assets.get(input.asset_id)
      if (!row) return null
      await deps.assets.attachTask(row.id, task.id)
      if (!tools) throw mediaToolsMissing({})
      const payer = input.payer ? payerIn(row.ownerId, input.payer) : null
      const lack = await deps.queue.run(`forms of ${row.sha256}`, () =>
        tools.inFolder(async (folder) => {
          const file = join(folder, 'original')
          await deps.objects.copyTo(row.sha256, file)
          // The media tools run as another account. The folder is closed to all other accounts.
          await chmod(file, 0o644)
          return makeForms({ deps: { ...deps, tools }, row, payer, work: { folder, file, signal }, step })
        }),
      )
      const reason = lack && reasonFor(lack)
      await deps.assets.update(row.id, { status: 'ready', reason, taskId: null })
      return { asset_id: row.id }
    },
    undo: ({ input, error }) => endWithout(deps, input.asset_id, error),
  }
}
