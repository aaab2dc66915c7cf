import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StepOf } from '@vitrine/contract'
import { z } from 'zod'
import type { MediaFacts, MediaTools } from '../../adapters/media-tools/media-tools.ts'
import { perSecond } from '../../adapters/media-tools/playable.ts'
import { AppError } from '../../lib/errors.ts'
import { wordsOfError, type LocalisedText } from '../../lib/words.ts'
import type { Percent, TaskContext, TaskKind } from '../tasks/task-kind.ts'
import { reasonFor, type AssetsDeps } from './assets.deps.ts'
import { assetTooLong, mediaToolsMissing } from './assets.errors.ts'
import { makeForm, makePictures, makeStills, type FormWork } from './assets.forms.ts'
import type { TaskFailure } from '../tasks/task-progress.ts'
import type { StoredAsset } from './assets.repository.ts'
import { percentReporter } from './percent-reporter.ts'

const processInput = z.object({ asset_id: z.string() })

/**
 * Two of a person at once, so that a picture need not wait for a video, and one more for somebody else. Services keep
 * most of the processor.
 */
const processed = { atOnce: 3, perPerson: 2 }

type ProcessDeps = Pick<AssetsDeps, 'assets' | 'objects' | 'tools' | 'queue' | 'longestS'>
type Step = TaskContext<unknown, StepOf<'asset.process'>>['step']
/** One asset that its task is processing. */
type Processing = {
  deps: ProcessDeps & { tools: MediaTools }
  row: StoredAsset
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

/** Makes the playable form. Resolves with the reason if none can be made. */
async function makePlayable(
  { deps, row, work }: Processing,
  facts: MediaFacts,
  report: (progress: Percent) => Promise<void>,
): Promise<{ message?: LocalisedText; skipped?: boolean; value: AppError | null }> {
  if (facts.playableAs !== null) {
    await deps.assets.addVariants(row.id, { playable: { key: row.sha256, mime: facts.playableAs } })
    return { message: { zh: '浏览器可直接播放', en: 'browsers can play it without conversion' }, ...skip }
  }
  if (facts.durationS > deps.longestS) {
    const tooLong = assetTooLong({ seconds: facts.durationS, limit_s: deps.longestS })
    return { message: wordsOfError(tooLong), skipped: true, value: tooLong }
  }
  const progress = percentReporter(report)
  const made = await makeForm(deps, row, {
    variant: 'playable',
    mime: `${facts.kind}/mp4`,
    work,
    make: (target) =>
      deps.tools.transcode({ ...work, target, facts, onProgress: (part) => progress.report(part) }),
  })
  await progress.settled()
  return {
    message: made ? '100%' : { zh: '同一内容已转码', en: 'the same content is already transcoded' },
    value: null,
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
    async run({ task, input, signal, step }) {
      const { tools } = deps
      const row = await deps.assets.get(input.asset_id)
      if (!row) return null
      await deps.assets.attachTask(row.id, task.id)
      if (!tools) throw mediaToolsMissing({})
      const lack = await deps.queue.run(`forms of ${row.sha256}`, () =>
        tools.inFolder(async (folder) => {
          const file = join(folder, 'original')
          await deps.objects.copyTo(row.sha256, file)
          // The media tools run as another account. The folder is closed to all other accounts.
          await chmod(file, 0o644)
          return makeForms({ deps: { ...deps, tools }, row, work: { folder, file, signal }, step })
        }),
      )
      const reason = lack && reasonFor(lack)
      await deps.assets.update(row.id, { status: 'ready', reason, taskId: null })
      return { asset_id: row.id }
    },
    undo: ({ input, error }) => endWithout(deps, input.asset_id, error),
  }
}
