import { readFile, stat, truncate } from 'node:fs/promises'
import { basename } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { mediaResultTooLarge } from '../../adapters/media-tools/media-tools.errors.ts'
import {
  ffmpeg,
  needsFfmpeg,
  numberedFrames,
  sine,
} from '../../adapters/media-tools/media-tools.test-media.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { storageFull } from '../quotas/quotas.errors.ts'
import { importPackageFile, processUnattended } from './keep-asset.ts'
import { openWorld, type World } from './assets.test-world.ts'

const slow = 180_000

describe.skipIf(needsFfmpeg !== '')(`forms of media${needsFfmpeg}`, { timeout: slow }, () => {
  let world: World
  beforeEach(async () => {
    world = await openWorld()
  })
  afterEach(() => world.close())

  const make = async (name: string, ...args: string[]) => {
    await ffmpeg(...args, world.file(name))
    return world.file(name)
  }
  const avi = (name = 'walk.avi', frames = 20) => make(name, ...numberedFrames(frames, '10'), '-c:v', 'mjpeg')
  const longAvi = () => make('long.avi', '-f', 'lavfi', '-i', 'testsrc=s=320x240:r=25:d=120', '-c:v', 'mjpeg')
  const tasksOf = async () =>
    (await world.tasks.list({ createdById: null, within: null }, { limit: 50, offset: 0 })).items

  test('a task transcodes a video that browsers do not play, and the original stays unchanged', async () => {
    const path = await avi()
    const first = await world.uploadFile(path)
    expect(first).toMatchObject({ kind: 'video', status: 'processing', variants: ['original'] })
    expect(first.task_id).not.toBeNull()
    expect((await world.mediaTools()).json()).toMatchObject({ available: true })
    expect(await world.settled(first)).toMatchObject({
      status: 'ready',
      reason: null,
      task_id: null,
      mime: 'video/vnd.avi',
      width: 80,
      height: 48,
      duration_s: 2,
      frame_rate: 10,
      variants: ['playable', 'original', 'poster', 'thumb'],
    })
    const playable = await world.get(`/${first.id}/content`)
    expect(playable.headers['content-type']).toBe('video/mp4')
    const original = await world.get(`/${first.id}/content?variant=original`)
    expect(original.rawPayload.length).toBe((await stat(path)).size)
    expect((await world.get(`/${first.id}/content?variant=thumb`)).headers['content-type']).toBe('image/jpeg')
    expect((await tasksOf())[0]?.steps.map(({ name, state }) => [name, state])).toEqual([
      ['probe', 'succeeded'],
      ['transcode', 'succeeded'],
      ['pictures', 'succeeded'],
      ['waveform', 'skipped'],
    ])
  })

  test('a video that browsers play is not transcoded', async () => {
    const path = await make('a.mp4', ...numberedFrames(20, '10'), '-c:v', 'libx264', '-pix_fmt', 'yuv420p')
    const ready = await world.settled(await world.uploadFile(path))
    expect(ready.variants).toEqual(['playable', 'original', 'poster', 'thumb'])
    expect((await world.get(`/${ready.id}/content`)).rawPayload.length).toBe((await stat(path)).size)
    expect((await tasksOf())[0]?.steps[1]?.state).toBe('skipped')
  })

  test('sound has a waveform, whatever its file name', async () => {
    const path = await make('voice.wav', ...sine(2))
    const uploaded = await world.upload('voice.mp4', new Uint8Array(await readFile(path)))
    const ready = await world.settled(uploaded.json())
    expect(ready).toMatchObject({ kind: 'audio', mime: 'audio/wav', status: 'ready', frame_rate: null })
    expect(ready.variants).toEqual(['playable', 'original', 'waveform'])
    const waveform = (await world.get(`/${ready.id}/content?variant=waveform`)).json()
    expect(waveform.duration_s).toBeCloseTo(2, 1)
    expect(Math.max(...waveform.peaks)).toBeGreaterThan(0.1)
  })

  test('a damaged video fails with a reason in the reader’s language, and its bytes can still be downloaded', async () => {
    const path = await make('cut.mp4', ...numberedFrames(20, '10'), '-c:v', 'libx264', '-pix_fmt', 'yuv420p')
    await truncate(path, Math.floor((await stat(path)).size / 2))
    const failed = await world.settled(await world.uploadFile(path))
    expect(failed).toMatchObject({ status: 'failed', variants: ['original'], task_id: null })
    expect(failed.reason).toContain('损坏')
    const english = await world.get(`/${failed.id}`, 'user', { 'accept-language': 'en' })
    expect(english.json().reason).toContain('damaged')
  })

  test('a playlist that names other files is stored as a plain file and opens none of them', async () => {
    const { id, task_id } = (await world.upload('list.mp4', '#EXTM3U\n#EXTINF:1,\n/etc/passwd\n')).json()
    expect(await world.settled({ id, task_id })).toMatchObject({
      kind: 'file',
      status: 'ready',
      reason: null,
      variants: ['playable', 'original'],
    })
  })

  test('media longer than the limit are stored without a playable form, and the asset says so', async () => {
    await world.close()
    world = await openWorld({ longestS: 1 })
    const kept = await world.settled(await world.uploadFile(await avi()))
    expect(kept).toMatchObject({ status: 'ready', variants: ['original', 'poster', 'thumb'] })
    expect(kept.reason).toContain('上限')
  })

  test('a video of which too much would be made, or whose owner has no room, is kept without a playable form', async () => {
    const { tools, storageQuota } = world.deps
    if (!tools) throw new Error('no media tools')
    const kept = { status: 'ready', variants: ['original', 'poster', 'thumb'] }
    const made = vi.spyOn(tools, 'transcode').mockRejectedValueOnce(mediaResultTooLarge({ limit_bytes: 1 }))
    const first = await world.settled(await world.uploadFile(await avi()))
    expect(first).toMatchObject(kept)
    expect(first.reason).toContain('远大于原文件')
    const full = storageFull({ limit_bytes: 1, used_bytes: 2 })
    const room = vi.spyOn(storageQuota, 'requireRoom').mockRejectedValueOnce(full)
    const second = await world.settled(await world.uploadFile(await avi('other.avi', 21)))
    expect(second).toMatchObject(kept)
    expect(second.reason).toContain('放不下')
    expect(room.mock.calls).toEqual([[{ id: testActor('user').id, role: 'user' }]])
    made.mockRestore()
    room.mockRestore()
  })

  test('what was made of media counts for their owner, of each with the same content', async () => {
    const path = await avi()
    const { id } = await world.settled(await world.uploadFile(path))
    const forms = ['original', 'playable', 'poster', 'thumb']
    const sizes = forms.map(async (form) => {
      const { headers } = await world.get(`/${id}/content?variant=${form}`)
      return Math.max(Number(headers['content-length']), 16 * 1024)
    })
    const all = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    expect(await world.deps.assets.uploadedBytes(testActor('user').id)).toBe(all)
    await world.uploadFile(path)
    expect(await world.deps.assets.uploadedBytes(testActor('user').id)).toBe(2 * all)
  })

  test('a cancelled task leaves the original and no incomplete form', async () => {
    const uploaded = await world.uploadFile(await longAvi())
    const taskId = uploaded.task_id ?? ''
    const stepNow = async () => (await world.tasks.get(taskId))?.task.steps[1]
    await waitFor(async () => (await stepNow())?.percent !== undefined, { timeoutMs: slow })
    await world.runner().cancel(taskId)
    expect(await world.settled(uploaded)).toMatchObject({ status: 'ready', variants: ['original'] })
    expect(await world.objects()).toHaveLength(1)
  })

  test('the next control plane finishes a task that a restart interrupted', async () => {
    const uploaded = await world.uploadFile(await avi('again.avi', 60))
    await world.restart()
    expect((await world.settled(uploaded)).variants).toContain('playable')
  })

  test('an asset whose task never began is processed at the next start', async () => {
    const uploaded = await world.settled(await world.uploadFile(await avi()))
    await world.deps.assets.update(uploaded.id, { status: 'processing', taskId: null })
    expect(await processUnattended(world.deps)).toBe(1)
    const [newest] = await tasksOf()
    expect(await world.settled({ id: uploaded.id, task_id: newest?.id ?? null })).toMatchObject({
      status: 'ready',
    })
  })

  test('a second asset with the same content is ready at once and shares its objects, which are deleted with the last one', async () => {
    const path = await avi()
    const first = await world.settled(await world.uploadFile(path))
    const before = await world.objects()
    const second = await world.uploadFile(path)
    expect(second).toMatchObject({ status: 'ready', task_id: null, frame_rate: 10, variants: first.variants })
    expect(await world.objects()).toEqual(before)
    expect((await world.change('DELETE', `/${first.id}`)).statusCode).toBe(204)
    expect((await world.get(`/${second.id}/content`)).statusCode).toBe(200)
    await world.change('DELETE', `/${second.id}`)
    expect(await world.objects()).toEqual([])
  })

  test('deleting an asset ends its task and leaves nothing', async () => {
    const uploaded = await world.uploadFile(await longAvi())
    const taskId = uploaded.task_id ?? ''
    await waitFor(async () => (await world.tasks.get(taskId))?.task.state === 'running', { timeoutMs: slow })
    expect((await world.change('DELETE', `/${uploaded.id}`)).statusCode).toBe(204)
    expect((await world.tasks.get(taskId))?.task.state).toBe('cancelled')
    expect(await world.objects()).toEqual([])
  })

  test('a package’s demo video becomes an asset at once, and gets its forms later', async () => {
    const path = await avi('street.avi')
    const actor = { kind: 'user' as const, id: '00000000-0000-0000-0000-000000000000', name: 'vitrine' }
    const owner = { ...actor, role: 'admin' as const, permissions: new Set<never>(), serviceIds: null }
    const row = await importPackageFile(world.deps, { actor: owner, path, origin: 'example' })
    expect(row).toMatchObject({ name: basename(path), origin: 'example', status: 'processing' })
    const ready = await world.settled({ id: row.id, task_id: row.taskId })
    expect(ready.variants).toContain('thumb')
    expect((await importPackageFile(world.deps, { actor: owner, path, origin: 'example' })).id).toBe(row.id)
  })

  test('a large picture has a thumbnail as soon as it is uploaded', async () => {
    const path = await make('8k.png', '-f', 'lavfi', '-i', 'testsrc=s=7680x4320', '-frames:v', '1')
    const picture = await world.uploadFile(path)
    expect(picture).toMatchObject({
      kind: 'image',
      status: 'ready',
      width: 7680,
      height: 4320,
      task_id: null,
    })
    const thumb = await world.get(`/${picture.id}/content?variant=thumb`)
    expect(thumb.headers['content-type']).toBe('image/jpeg')
    expect(thumb.rawPayload.length).toBeLessThan(100_000)
    expect((await world.get(`/${picture.id}/content?variant=poster`)).headers['content-type']).toBe(
      'image/png',
    )
  })

  test('a picture that browsers do not show gets a form that they do', async () => {
    const picture = await world.uploadFile(
      await make('scan.tiff', '-f', 'lavfi', '-i', 'testsrc=s=64x48', '-frames:v', '1'),
    )
    const shown = await world.get(`/${picture.id}/content`)
    expect(shown.headers['content-type']).toBe('image/jpeg')
    expect(picture.variants).toEqual(['playable', 'original', 'poster', 'thumb'])
  })
})
