import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { run, type Run } from '@vitrine/contract'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import type { TestPlatform } from '../support/platform.ts'
import type { InWorld } from '../support/shared-platform.ts'

const startup = 240_000
const longTest = 180_000
const waitMs = 60_000

/** Reports a first step, waits for a file, and returns a picture. It records each of its calls in a file. */
const python: PackageFiles = {
  'ai_algorithm.py': [
    'import os, pathlib, time',
    'import vitrine',
    '',
    'class Algorithm:',
    '    def predict(self, input_data, **parameters):',
    '        gate = input_data[0]',
    '        calls = pathlib.Path(os.environ["HOME"]) / os.path.basename(gate)',
    '        with calls.open("a") as file:',
    '            file.write("x")',
    '        print("first line", flush=True)',
    '        vitrine.progress(0.5, "half")',
    '        yield "half"',
    '        while not os.path.exists(gate):',
    '            time.sleep(0.01)',
    '        picture = pathlib.Path(os.environ["HOME"]) / "drawn.svg"',
    '        picture.write_text("<svg xmlns=\'http://www.w3.org/2000/svg\'/>")',
    '        yield [{"kind": "text", "data": f"calls: {calls.read_text()}"}, {"kind": "image", "data": picture}]',
    '',
  ].join('\n'),
}
const node: PackageFiles = {
  'package.json': JSON.stringify({ name: 'steps', version: '1.0.0', type: 'module', main: 'index.js' }),
  'index.js': [
    "import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'",
    "import { basename, join } from 'node:path'",
    "import { setTimeout } from 'node:timers/promises'",
    "import { pathToFileURL } from 'node:url'",
    'export async function* predict([gate], parameters, { progress }) {',
    '  const calls = join(process.env.HOME, basename(gate))',
    "  appendFileSync(calls, 'x')",
    "  console.log('first line')",
    "  progress(0.5, 'half')",
    "  yield 'half'",
    '  while (!existsSync(gate)) await setTimeout(10)',
    "  const picture = join(process.env.HOME, 'drawn.svg')",
    '  writeFileSync(picture, "<svg xmlns=\'http://www.w3.org/2000/svg\'/>")',
    "  yield [{ kind: 'text', data: `calls: ${readFileSync(calls, 'utf8')}` }, { kind: 'image', data: pathToFileURL(picture) }]",
    '}',
    '',
  ].join('\n'),
}

/** What becomes of runs while no control plane is there, and of their files. */
export function runCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    ;({ platform, admin } = world())
    await admin.publish('steps-python', python)
    await admin.publish('steps-node', node)
  }, startup)

  const begin = async (service_id: string, gate: string) => {
    const asked = { service_id, input_data: [gate] }
    return (await admin.post('/runs', z.object({ run_id: z.string() }), asked)).run_id
  }
  const until = async (id: string, isSo: (of: Run) => boolean): Promise<Run> => {
    const found = await waitFor(
      async () => {
        const now = await admin.get(`/runs/${id}`, run)
        return isSo(now) && now
      },
      { timeoutMs: waitMs, everyMs: 50, slowingToMs: 250 },
    )
    if (!found) throw new Error(`run ${id}: ${JSON.stringify(await admin.get(`/runs/${id}`, run))}`)
    return found
  }
  const outputs = (of: Run) => of.result?.predictions[0]?.outputs.map(({ data }) => data) ?? []

  test.each(['steps-python', 'steps-node'])(
    'a running %s run continues when the control plane is killed, and ends once with all its events',
    async (service) => {
      const gate = join(platform.gates, `${service}-goes-on`)
      const id = await begin(service, gate)
      await until(id, ({ progress }) => progress === 0.5)
      await platform.end('SIGKILL')
      await platform.start()
      admin = await platform.admin()
      const again = await until(id, ({ progress }) => progress === 0.5)
      expect([again.status, again.logs]).toEqual(['running', 'first line\n'])
      await writeFile(gate, '')
      const done = await until(id, ({ finished_at: at }) => at !== null)
      expect([done.status, done.error, outputs(done)[0]]).toEqual(['succeeded', null, 'calls: x'])
      const { url } = z.object({ url: z.string() }).parse(outputs(done)[1])
      expect(url).toMatch(new RegExp(`^/api/v1/runs/${id}/files/[0-9a-f]{64}\\.svg$`))
      const file = await admin.request('GET', url.replace('/api/v1', ''))
      expect([file.status, await file.text()]).toEqual([200, "<svg xmlns='http://www.w3.org/2000/svg'/>"])
      expect(file.headers.get('content-security-policy')).toContain('sandbox')
    },
    longTest,
  )

  test.each(['steps-python', 'steps-node'])(
    'a %s run that ends while no control plane is running has its result with the next one',
    async (service) => {
      const gate = join(platform.gates, `${service}-ends-alone`)
      const id = await begin(service, gate)
      await until(id, ({ progress }) => progress === 0.5)
      await platform.end('SIGKILL')
      await writeFile(gate, '')
      await platform.start()
      admin = await platform.admin()
      const done = await until(id, ({ finished_at: at }) => at !== null)
      expect([done.status, outputs(done)[0], done.logs]).toEqual(['succeeded', 'calls: x', 'first line\n'])
    },
    longTest,
  )

  test(
    'a stored run shows its file after its service is deleted, also through a link',
    async () => {
      const gate = join(platform.gates, 'kept')
      await writeFile(gate, '')
      const id = await begin('steps-python', gate)
      const done = await until(id, ({ finished_at: at }) => at !== null)
      const shared = { kind: 'run', target_id: id }
      const { token } = await admin.post('/shares', z.object({ token: z.string() }), shared)
      await admin.request('DELETE', '/services/steps-python')
      const isGone = async () => (await admin.request('GET', '/services/status/steps-python')).status === 404
      expect(await waitFor(isGone, { timeoutMs: waitMs, everyMs: 100 })).toBe(true)
      const { url } = z.object({ url: z.string() }).parse(outputs(done)[1])
      expect((await admin.request('GET', url.replace('/api/v1', ''))).status).toBe(200)
      const seen = await platform.anonymous().get(`/public/shares/${token}`, z.object({ run }))
      const ofLink = z.object({ url: z.string() }).parse(outputs(seen.run)[1]).url
      expect(ofLink).toMatch(new RegExp(`^/api/v1/public/shares/${token}/runs/${id}/files/`))
      const file = await platform.anonymous().request('GET', ofLink.replace('/api/v1', ''))
      expect([file.status, await file.text()]).toEqual([200, "<svg xmlns='http://www.w3.org/2000/svg'/>"])
    },
    longTest,
  )
}
