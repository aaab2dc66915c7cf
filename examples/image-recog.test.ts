import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { resultKinds, sayWith, type Json, type Manifest } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runCommand } from '../apps/server/src/lib/run-command.ts'
import { compareGolden } from '../apps/server/src/modules/rollouts/compare-golden.ts'
import { bundleNodeRuntime } from './node-runtime.ts'
import { han, sayInEnglish } from './in-english.ts'
import { recogniseExample } from './recognised-example.ts'
import { startExample, type StartedExample } from './started-example.ts'

const folder = join(import.meta.dirname, 'image-recog')
const installed = join(import.meta.dirname, '..', 'node_modules')

let manifest: Manifest
let service: StartedExample

beforeAll(async () => {
  manifest = await recogniseExample(folder)
  service = await startExample(folder, manifest, async (release) => {
    await symlink(installed, join(release, 'node_modules'))
    return { file: process.execPath, args: [await bundleNodeRuntime(join(release, '.runtime'))] }
  })
})
afterAll(() => service?.stop())

const picture = async (name: string): Promise<Json> => ({
  data: await readFile(join(folder, name), 'base64'),
  mime: 'image/jpeg',
})

async function look(name: string, parameters: Record<string, Json> = {}) {
  const [prediction] = await service.predict([await picture(name)], parameters)
  const dataOf = (kind: string) => prediction?.outputs.find((output) => output.kind === kind)?.data
  return {
    boxes: resultKinds.detection.data.parse(dataOf('detection')),
    points: resultKinds.keypoints.data.parse(dataOf('keypoints')),
    summary: resultKinds.text.data.parse(dataOf('text')),
  }
}

const dictionary = z.record(z.string(), z.string())
const word = z.string()
/** The words of the algorithm, without the functions that make sentences of them. */
const spoken = z.object({
  words: z.object({
    person: word,
    face: word,
    body: word,
    hand: word,
    emotions: dictionary,
    gestures: dictionary,
  }),
})

/** The whole numbers in a sentence, in order. */
const numbersIn = (sentence = '') => sentence.match(/\d+(?![\d.]|%)/gu)?.map(Number) ?? []

/** The figures in algorithm.yaml, in the form of the measurement. */
function stated([people, faces, hands]: readonly string[]) {
  const [present, found, wrong, labelled, pictures] = numbersIn(people)
  const [facesPresent, facesFound] = numbersIn(faces)
  expect(faces).toContain('没有误报')
  expect(hands).toContain(`这 ${pictures} 张里没有一处误报`)
  expect(pictures).toBe(2 * (labelled ?? 0))
  return {
    person: { present, found, wrong },
    face: { present: facesPresent, found: facesFound, wrong: 0 },
    hand: { present: 0, found: 0, wrong: 0 },
    pictures,
  }
}

describe('image-recog', { timeout: 120_000 }, () => {
  test('finds people and faces in the labelled pictures exactly as often as algorithm.yaml states', async () => {
    const script = join(folder, 'held-out', 'measure.js')
    const env = { PATH: process.env['PATH'] ?? '' }
    const run = await runCommand(
      { file: process.execPath, args: [script], cwd: folder, env },
      { timeoutMs: 240_000 },
    )
    expect(run.exitCode, run.stderr.join('\n')).toBe(0)
    expect(JSON.parse(run.stdout.join(''))).toEqual(stated(manifest.quality))
  }, 250_000)

  test('gives the results of its golden examples', async () => {
    const golden = manifest.examples.filter((example) => example.expect)
    expect(golden.length).toBeGreaterThan(1)
    for (const { input_data: names, parameters, expect: wanted, tolerance } of golden) {
      const elements = await Promise.all(names.map((name) => picture(String(name))))
      expect(compareGolden(wanted ?? [], await service.predict(elements, parameters), tolerance)).toBeNull()
    }
  })

  test('finds a person in each of its demo pictures', async () => {
    for (const { input_data: names, parameters } of manifest.examples) {
      for (const name of names) {
        const { boxes } = await look(String(name), parameters)
        expect(boxes, String(name)).not.toEqual([])
      }
    }
  })

  test('draws a face and a body with lines between existing points', async () => {
    const { points } = await look('examples/astronaut.jpg')
    expect(points.map(({ label }) => label)).toEqual(['身体', '人脸'])
    for (const { points: list, edges = [] } of points) {
      expect(edges.length).toBeGreaterThan(3)
      expect(Math.max(...edges.flat())).toBeLessThan(list.length)
    }
  })

  test('describes in words what it sees, which are in English for readers of English', async () => {
    const { summary, boxes, points } = await look('examples/astronaut.jpg')
    expect(summary).toMatch(/^1 个人，1 张脸\n人脸 1：.*正对镜头/u)
    const say = sayInEnglish(manifest)
    expect(say(summary)).toMatch(/^1 person, 1 face\nface 1: .*facing the camera/u)
    expect([...boxes, ...points].map(({ label }) => say(label ?? ''))).toEqual([
      'person',
      'face',
      'body',
      'face',
    ])
  })

  test('names its points in the language of the reader', async () => {
    const { points } = await look('examples/astronaut.jpg')
    const names = [...new Set(points.flatMap((shape) => shape.points.map(({ name = '' }) => name)))]
    expect(names.length).toBeGreaterThan(15)
    const sayInChinese = sayWith(manifest.result_translations?.zh ?? {})
    for (const name of names) {
      expect(sayInChinese(name)).toMatch(/^\p{Script=Han}+$/u)
      expect(sayInEnglish(manifest)(name)).toMatch(/^[a-z, ]+$/)
    }
  })

  test('has all its texts in English, in sentences and while it works', async () => {
    const { words } = spoken.parse(await import(join(folder, 'src/words.js')))
    const { emotions, gestures, ...labels } = words
    const seen = [...Object.values(emotions), ...Object.values(gestures)]
    const source = await readFile(join(folder, 'src/find-people.js'), 'utf8')
    const steps = [...source.matchAll(/onStep\([\d.]+, '([^']+)'\)/g)].map(([, message = '']) => message)
    expect(steps).toHaveLength(5)
    const say = sayInEnglish(manifest)
    const sentences = ['12 个人，1 张脸，3 只手', `人脸 2：${seen.join('、')}`]
    for (const text of [...Object.values(labels), ...seen, ...sentences, ...steps])
      expect(say(text), text).not.toMatch(han)
    expect(say('12 个人，1 张脸，3 只手')).toBe('12 people, 1 face, 3 hands')
  })

  test('finds only what is switched on, and shows at most as many people as requested', async () => {
    const { boxes, points } = await look('examples/astronaut.jpg', {
      faces: false,
      bodies: false,
      hands: false,
    })
    expect(boxes.map(({ label }) => label)).toEqual(['人'])
    expect(points).toEqual([])
    expect((await look('examples/evening-walk.jpg', { max_people: 1 })).boxes).toHaveLength(1)
  })

  test('fails only for the damaged picture of a batch', async () => {
    const whole = await picture('examples/spacewalk.jpg')
    const damaged = { data: Buffer.from('no picture at all').toString('base64'), mime: 'image/jpeg' }
    const predictions = await service.predict([damaged, whole])
    expect(predictions.map(({ status }) => status)).toEqual(['failed', 'succeeded'])
    expect((await look('examples/spacewalk.jpg')).boxes).toHaveLength(1)
  })
})
