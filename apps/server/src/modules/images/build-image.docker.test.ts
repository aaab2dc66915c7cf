import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Manifest } from '@vitrine/contract'
import { sharedDocker, skipDocker } from '../../../../../tests/support/shared-docker.ts'
import { openDocker, type Docker } from '../../adapters/docker/docker-client.ts'
import { dockerImages } from '../../adapters/docker/docker-images.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { contextStream } from './build-context.ts'
import { removeImagesOf } from './collect-images.ts'
import type { PackageImage } from './image-recipe.ts'
import { buildImage, type ImageOf, type ImagePlanned, type ImagesDeps } from './prepare-image.ts'

const longest = 120_000
let folder: string
let logged: string[]
let stop: AbortController

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-'))
  for (const name of ['package', 'runtimes', 'work']) await mkdir(join(folder, name))
  logged = []
  stop = new AbortController()
})
afterEach(() => rm(folder, { recursive: true }))

const inPackage = (name: string) => join(folder, 'package', name)
const depsOf = (docker: Docker, timeoutMs = longest): ImagesDeps => ({
  daemon: dockerImages(async () => docker),
  platform: 'tests',
  runtimesFolder: join(folder, 'runtimes'),
  runtimeRequirements: '',
  baseImages: () => [],
  dockerfileImages: () => null,
  registries: () => ({ pip: null, npm: null }),
  network: () => 'none',
  limits: { memory_mb: 512, processes: 100 },
  disk: { limitBytes: 1024 ** 3 },
  timeoutMs,
  pullTimeoutMs: longest,
  registry: async () => null,
})
const imageOf = (manifest: Manifest, release = 1, commit = 'c'.repeat(40)): ImageOf => ({
  folder: join(folder, 'package'),
  work: join(folder, 'work'),
  release,
  manifest,
  serviceId: 'built',
  algorithmId: 'built',
  commit,
})
const contextOf = (dockerfile: string) =>
  contextStream([{ path: 'Dockerfile', text: dockerfile }], [], new Date(0))
const part = { paths: [], files: {} }
const planned = (base: string): PackageImage => ({
  recipe: {
    base,
    systemPackages: [],
    run: [{ command: 'echo made > /made', reads: false }],
    python: null,
    node: null,
  },
  run: [part],
  python: part,
  node: part,
})

test('a daemon that does not answer is told, and how to find out why', async () => {
  const deps = depsOf(await openDocker({ socketPath: join(folder, 'none.sock') }))
  await writeFile(inPackage('Dockerfile'), 'FROM scratch\nCMD ["true"]\n')
  const waiter = { signal: stop.signal, log: () => undefined, report: async () => undefined }
  await expect(buildImage(deps, imageOf(completeManifest()), null, waiter)).rejects.toMatchObject({
    code: 'process.docker_unavailable',
    details: { why: expect.stringContaining('none.sock') },
  })
})

describe.skipIf(!sharedDocker)(`images${skipDocker === null ? '' : ` (skipped: ${skipDocker})`}`, () => {
  if (!sharedDocker) return
  const { docker, image: base } = sharedDocker
  const own = completeManifest({ form: 'command', runtime: 'docker', entry: 'Dockerfile' })
  const build = (
    image: ImagePlanned,
    {
      of = imageOf(own),
      timeoutMs,
      onLog,
    }: { of?: ImageOf; timeoutMs?: number; onLog?: (line: string) => void } = {},
  ) =>
    buildImage(depsOf(docker, timeoutMs), of, image, {
      signal: stop.signal,
      log(line) {
        logged.push(line)
        onLog?.(line)
      },
      report: async () => undefined,
    })
  const writeDockerfile = (...lines: string[]) =>
    writeFile(inPackage('Dockerfile'), [`FROM ${base}`, ...lines, ''].join('\n'))
  const inspect = (id: string) => docker.getImage(id).inspect()
  afterEach(() => removeImagesOf(depsOf(docker), 'built'))

  test(
    'a change of the code repeats only what copies the code, and the same code makes the same layers',
    async () => {
      const manifest = completeManifest()
      await writeFile(inPackage('ai_algorithm.py'), 'one')
      const first = await build(planned(base), { of: imageOf(manifest, 1) })
      const same = await build(planned(base), { of: imageOf(manifest, 2) })
      await writeFile(inPackage('ai_algorithm.py'), 'two')
      const other = await build(planned(base), { of: imageOf(manifest, 3) })
      // The base, which no cache has, and the label of each release; then also the copies of the code and of what is of the release.
      expect([same, other].map(({ steps, cached }) => steps - cached)).toEqual([2, 4])
      const layers = await Promise.all(
        [first, same, other].map(async ({ image }) => (await inspect(image.id)).RootFS.Layers ?? []),
      )
      expect(layers[1]).toEqual(layers[0])
      expect(layers[2]?.slice(0, -2)).toEqual(layers[0]?.slice(0, -2))
      expect(layers[2]).not.toEqual(layers[0])
    },
    longest,
  )

  test(
    'its container is nobody’s, starts the start script, and says which release it is of',
    async () => {
      const { image } = await build(planned(base), { of: imageOf(completeManifest(), 7) })
      expect(image).toMatchObject({ command: ['/app/start.sh'], folder: '/app', isOwn: false })
      const { Config } = await inspect(image.id)
      expect(Config.User).toBe('65534:65534')
      expect(Config.Labels).toMatchObject({
        'io.vitrine.service': 'built',
        'io.vitrine.release': '7',
        'io.vitrine.commit': 'c'.repeat(40),
      })
    },
    longest,
  )

  test(
    'files of models and of the service are links out of the image, and are not copied into it',
    async () => {
      await writeFile(inPackage('net.onnx'), 'a pointer')
      await symlink(join(folder, 'work', 'kept'), inPackage('uploads'))
      await writeFile(inPackage('run.sh'), '#!/bin/sh\n', { mode: 0o755 })
      const models = [{ path: 'net.onnx', sha256: 'a'.repeat(64), source: 'store' as const }]
      const { image } = await build(planned(base), { of: imageOf(completeManifest({ models })) })
      const container = await docker.createContainer({
        Image: image.id,
        Entrypoint: ['/bin/sh', '-c', 'ls -ln /app'],
        HostConfig: { NetworkMode: 'none' },
      })
      await container.start()
      await container.wait()
      const listed = String(await container.logs({ stdout: true }))
      await container.remove()
      expect(listed).toContain(`net.onnx -> ${inPackage('net.onnx')}`)
      expect(listed).toContain(`uploads -> ${join(folder, 'work', 'kept')}`)
      expect(listed).toMatch(/-rwxr-xr-x +1 0 +0 .* run\.sh/)
    },
    longest,
  )

  test(
    'a package’s own Dockerfile is built as it is',
    async () => {
      await writeDockerfile('WORKDIR /srv', 'COPY serve.py .', 'ENTRYPOINT ["python3"]', 'CMD ["serve.py"]')
      await writeFile(inPackage('serve.py'), '')
      const { image } = await build(null)
      expect(image).toMatchObject({ command: ['python3', 'serve.py'], folder: '/srv', isOwn: true })
      expect((await inspect(image.id)).Config.Labels).toMatchObject({ 'io.vitrine.service': 'built' })
    },
    longest,
  )

  test(
    'what its .dockerignore names is not sent to the builder',
    async () => {
      await writeDockerfile(
        'COPY . /srv/',
        'RUN test -e /srv/kept.txt && test ! -e /srv/secret',
        'CMD ["true"]',
      )
      await writeFile(inPackage('.dockerignore'), '# for the builder\n*\n!kept.txt\n')
      await writeFile(inPackage('kept.txt'), '')
      await mkdir(inPackage('secret'))
      await writeFile(inPackage('secret/key'), '')
      expect((await build(null)).image.isOwn).toBe(true)
    },
    longest,
  )

  test(
    'a step that fails is told with its command and its last lines',
    async () => {
      await writeDockerfile('RUN echo before && echo broken >&2 && exit 3', 'CMD ["true"]')
      await expect(build(null)).rejects.toMatchObject({
        code: 'deploy.image_failed',
        details: {
          step: 'RUN echo before && echo broken >&2 && exit 3',
          lines: expect.arrayContaining(['before', 'broken']),
        },
      })
      expect(logged).toEqual(expect.arrayContaining(['before', 'broken']))
    },
    longest,
  )

  test(
    'a command has the processes of an instance, and no more',
    async () => {
      const limit = 'cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max'
      // The daemon may set it a moment after the command has begun.
      await writeDockerfile(
        `RUN until [ "$(${limit})" = 100 ]; do sleep 0.1; done; echo limited`,
        'CMD ["true"]',
      )
      await build(null)
      expect(logged).toContain('limited')
    },
    longest,
  )

  test(
    'without a command there is nothing to start',
    async () => {
      await writeDockerfile('ENTRYPOINT []')
      await expect(build(null)).rejects.toMatchObject({ code: 'deploy.dockerfile_without_command' })
    },
    longest,
  )

  test(
    'a base image that is nowhere is told in the daemon’s words',
    async () => {
      await writeFile(inPackage('Dockerfile'), 'FROM nowhere.invalid/none:1\nCMD ["true"]\n')
      await expect(build(null)).rejects.toMatchObject({
        code: 'deploy.image_failed',
        details: { lines: [expect.stringContaining('nowhere.invalid')] },
      })
    },
    longest,
  )

  test(
    'a build ends with its task, and with its time',
    async () => {
      await writeDockerfile('RUN echo begun && sleep 3600', 'CMD ["true"]')
      const cancelled = build(null, {
        onLog: (line) => line === 'begun' && stop.abort(new Error('cancelled')),
      })
      await expect(cancelled).rejects.toThrow('cancelled')
      stop = new AbortController()
      await expect(build(null, { timeoutMs: 1_000 })).rejects.toMatchObject({
        code: 'deploy.image_failed',
        details: { cause: { en: expect.stringContaining('did not end in time') } },
      })
    },
    longest,
  )

  test(
    'instructions that a base image brings are not run: they could fetch past the network of builds, and copy images of services',
    async () => {
      const onBuild = contextOf(`FROM ${base}\nONBUILD COPY --from=${base} /etc /taken\n`)
      const options = { t: 'hostile/base:1', dockerfile: 'Dockerfile', version: '1' } as const
      const answer = await docker.buildImage(onBuild, options)
      for await (const _message of answer);
      try {
        await writeFile(inPackage('Dockerfile'), 'FROM hostile/base:1\nCMD ["true"]\n')
        await expect(build(null)).rejects.toMatchObject({
          code: 'deploy.dockerfile_refused',
          details: { line: 1, text: 'FROM hostile/base:1' },
        })
        const daemon = dockerImages(async () => docker)
        const end = await daemon.build({
          context: contextOf('FROM hostile/base:1\nCMD ["true"]\n'),
          dockerfile: 'Dockerfile',
          tag: 'hostile/built:1',
          labels: {},
          network: 'none',
          limits: {},
          runsTriggers: false,
          timeoutMs: longest,
          signal: stop.signal,
          onSaying: () => undefined,
          onContainer: () => undefined,
        })
        expect(end).toMatchObject({ built: false, why: 'failed', said: expect.stringContaining('ONBUILD') })
        expect(await daemon.has('hostile/built:1')).toBe(false)
      } finally {
        await docker.getImage('hostile/base:1').remove({ force: true })
      }
    },
    longest,
  )
})
