import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asset, run, runEndpoints } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { multipart } from '../support/multipart.ts'
import { patienceMs } from '../support/patience.ts'
import type { Visit } from '../support/browser.ts'
import { makeTestVideo } from '../e2e/paused-tracking.ts'
import { TestBench } from '../e2e/test-bench.ts'
import { beside, median } from './figures.ts'
import type { Measurement } from './gateway.ts'

const rounds = 5

/** Answers at once when the file `until` is there, and not before. */
const held = (input: string, output: string): PackageFiles => ({
  'ai_algorithm.py': `
import os, time

class Algorithm:
    def predict(self, input_data, **parameters):
        while not os.path.exists(parameters["until"]):
            time.sleep(0.002)
        return [${output} for _ in input_data]
`,
  'algorithm.yaml': `name: held
input: { type: string${input} }
parameters: { type: object, properties: { until: { type: string } } }
`,
})
const box = '[f, (i * 13 + f) % 600, (i * 37) % 400 + 20, 30, 60, 0.9]'
const crowd = `{"kind": "tracks", "data": {"fps": 25, "frame_count": 100, "width": 640, "height": 480,
    "tracks": [{"id": i, "label": "person", "frames": [${box} for f in range(800)]} for i in range(50)]}}`

/** Runs in the page: resolves with the time of the day, in ms, once what `selector` finds has been drawn. */
const whenDrawn = (selector: string): Promise<number> =>
  new Promise((resolve) => {
    const look = () => {
      if (document.querySelector(selector) === null) return void requestAnimationFrame(look)
      // The next task after this rendering comes once it has been drawn.
      requestAnimationFrame(() => setTimeout(() => resolve(Date.now())))
    }
    look()
  })

/** Runs in the page: milliseconds to ask for a run and read it, with nothing drawn. */
const readBare = async (id: string): Promise<number> => {
  const begun = performance.now()
  const answer = await fetch(`/api/v1/runs/${id}`)
  if (!answer.ok) throw new Error(`the run answers ${answer.status}`)
  await answer.json()
  return performance.now() - begun
}

type Shown = { service: string; input: unknown; selector: string }

/** When a run ended, in ms, as the platform stores it. A page may draw the result a moment before it is stored. */
async function endOf(admin: ApiClient, id: string): Promise<number> {
  const ended = await waitFor(async () => (await admin.get(`/runs/${id}`, run)).finished_at, {
    timeoutMs: patienceMs,
  })
  if (ended === null) throw new Error(`run ${id} did not end`)
  return Date.parse(ended)
}

/** Milliseconds from the end of a run, as the platform has stored it, to its result on the screen; and to ask for it once more. */
async function showOnce(
  { visit, admin, until }: { visit: Visit; admin: ApiClient; until: string },
  { service, input, selector }: Shown,
): Promise<{ shown: number; bare: number }> {
  const body = { service_id: service, input_data: [input], parameters: { until } }
  const { run_id: id } = await admin.post('/runs', runEndpoints['POST /runs'].response, body)
  const { page } = visit
  await page.goto(`/stage/${service}?run=${id}`)
  await page.getByRole('progressbar').waitFor()
  await page.waitForLoadState('networkidle')
  const drawn = page.evaluate(whenDrawn, selector)
  await writeFile(until, '')
  const shownAt = await drawn
  return { shown: shownAt - (await endOf(admin, id)), bare: await page.evaluate(readBare, id) }
}

async function showing(
  what: string,
  at: { visit: Visit; admin: ApiClient; gates: string },
  shown: Shown,
): Promise<Measurement> {
  const all: { shown: number; bare: number }[] = []
  for (let round = 0; round < rounds; round++)
    all.push(await showOnce({ ...at, until: join(at.gates, `${shown.service}-${round}`) }, shown))
  const of = (name: 'shown' | 'bare') => median(all.map((one) => one[name]))
  return beside(
    `a finished run’s ${what} on the screen vs a bare GET of the run`,
    'ms',
    of('shown'),
    of('bare'),
  )
}

/** Measures on a real platform how soon a run's result is drawn after the run has ended. */
export async function measureResults(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-bench-'))
  const bench = await TestBench.open({}, 'own')
  try {
    const admin = await bench.platform.admin()
    await admin.publish('held-number', held('', '{"kind": "number", "data": {"value": 42}}'))
    await admin.publish('held-crowd', held(', x-kind: video', crowd))
    const video = join(folder, 'street.mp4')
    await makeTestVideo(video)
    const media = { name: 'street.mp4', bytes: new Uint8Array(await readFile(video)) }
    const kept = await admin.call('POST', '/assets', asset, { form: await multipart({ media }) })
    const visit = await bench.visitAs('admin')
    const at = { visit, admin, gates: bench.platform.gates }
    const figures = [
      await showing('number', at, { service: 'held-number', input: 'a', selector: '.number strong' }),
      await showing('tracks (50, of 800 frames)', at, {
        service: 'held-crowd',
        input: { asset_id: kept.id },
        selector: 'canvas.overlay[data-frame]',
      }),
    ]
    await visit.close()
    return figures
  } finally {
    await bench.close()
    await rm(folder, { recursive: true, force: true })
  }
}
