import { expect, test } from 'vitest'
import type { ImageLabels } from '../../adapters/docker/image-daemon.ts'
import { collectImages, removeImagesOf, type ImageInUse } from './collect-images.ts'
import { labelsOf } from './image-names.ts'

/** A daemon with these images, of which a container uses `busy`. */
function daemonWith(images: Record<string, ImageLabels>, busy: readonly string[] = []) {
  const kept = new Map(Object.entries(images))
  return {
    kept,
    deps: {
      platform: 'here',
      daemon: {
        list: async (labels: ImageLabels) =>
          [...kept]
            .filter(([, own]) => Object.entries(labels).every(([name, value]) => own[name] === value))
            .map(([id, own]) => ({ id, labels: own })),
        remove: async (id: string) => !busy.includes(id) && kept.delete(id),
      },
    },
  }
}
const of = (serviceId: string, release: number, platform = 'here') =>
  labelsOf(platform, { serviceId, release, algorithmId: 'demo', commit: 'c'.repeat(40) })
const row = (serviceId: string, release: number, imageId: string | null): ImageInUse => ({
  serviceId,
  release,
  imageId,
  isDeploying: imageId === null,
})

test('the image of a release that is kept stays, and so does one that may be on its way', async () => {
  const { deps, kept } = daemonWith({ one: of('demo', 1), two: of('demo', 2), three: of('demo', 3) })
  const removed = await collectImages(deps, async () => [row('demo', 1, 'one'), row('demo', 3, null)])
  expect([removed, [...kept.keys()]]).toEqual([['two'], ['one', 'three']])
})

test('the image of an earlier service of the same name is removed', async () => {
  const { deps } = daemonWith({ old: of('demo', 1), now: of('demo', 1) })
  expect(await collectImages(deps, async () => [row('demo', 1, 'now')])).toEqual(['old'])
})

test('images of other platforms, and images that a container uses, are left alone', async () => {
  const { deps } = daemonWith({ foreign: of('demo', 1, 'elsewhere'), busy: of('demo', 2) }, ['busy'])
  expect(await collectImages(deps, async () => [])).toEqual([])
})

test('with a service go its images alone', async () => {
  const { deps, kept } = daemonWith({ one: of('demo', 1), two: of('demo', 2), other: of('other', 1) })
  await removeImagesOf(deps, 'demo')
  expect([...kept.keys()]).toEqual(['other'])
})
