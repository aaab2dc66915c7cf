import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultKinds, type Json, type Manifest } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { compareGolden } from '../apps/server/src/modules/rollouts/compare-golden.ts'
import { python, pythonEnvironment, runPython, servePython } from './python-runtime.ts'
import { sayInEnglish } from './in-english.ts'
import { recogniseExample } from './recognised-example.ts'
import { startExample, type StartedExample } from './started-example.ts'

const folder = join(import.meta.dirname, 'speech-to-text')
const installed =
  existsSync('/usr/share/pocketsphinx/model/en-us/en-us.lm.bin') &&
  existsSync('/usr/bin/pocketsphinx_continuous')

const recording = async (name: string): Promise<Json> => ({
  data: await readFile(join(folder, name), 'base64'),
  mime: 'audio/flac',
})

const part = z.object({ recordings: z.number(), words: z.number(), errors: z.number() })
const measured = z.object({ telephone: part, free: part, grammar: part })
const percent = ({ words, errors }: z.infer<typeof part>) => `${((100 * errors) / words).toFixed(1)}%`

describe.skipIf(!installed)(
  'speech-to-text (skipped where pocketsphinx or pocketsphinx-en-us is not installed)',
  () => {
    let manifest: Manifest
    let service: StartedExample

    beforeAll(async () => {
      manifest = await recogniseExample(folder)
      service = await startExample(folder, manifest, servePython)
    })
    afterAll(() => service?.stop())

    async function listen(name: string, parameters: Record<string, Json> = {}) {
      const [prediction] = await service.predict([await recording(name)], parameters)
      const dataOf = (kind: string) => prediction?.outputs.find((output) => output.kind === kind)?.data
      return {
        transcript: resultKinds.transcript.data.parse(dataOf('transcript')),
        confidence: resultKinds.number.data.parse(dataOf('number')),
      }
    }

    test('states in algorithm.yaml what was measured on the held-out recordings', async () => {
      const results = z
        .object({ thorough: measured, fast: measured })
        .parse(JSON.parse(await runPython(folder, ['evaluate.py', 'count'])))
      const { telephone, free, grammar } = results.thorough
      const [freely, byGrammar, faster] = manifest.quality
      expect(freely).toContain(
        `${telephone.recordings} 段电话提示音共 ${telephone.words} 个词，错 ${telephone.errors} 个（${percent(telephone)}）`,
      )
      expect(freely).toContain(`${free.words} 个词（有声书等）错 ${free.errors} 个（${percent(free)}）`)
      expect(byGrammar).toContain(
        `${grammar.recordings} 段录音的 ${grammar.words} 个词，错 ${grammar.errors} 个`,
      )
      const fast = results.fast.telephone
      expect(faster).toContain(`${fast.words} 个词错 ${fast.errors} 个（${percent(fast)}）`)
    }, 180_000)

    // All 58 would take a minute and a half of the processor.
    test('hears in the first fifteen held-out recordings exactly the words that were measured', async () => {
      expect(JSON.parse(await runPython(folder, ['evaluate.py', 'check', '15']))).toEqual([])
    }, 300_000)

    test('gives the results of its golden examples', async () => {
      const golden = manifest.examples.filter((example) => example.expect)
      expect(golden.length).toBeGreaterThan(1)
      for (const { input_data: names, parameters, expect: wanted, tolerance } of golden) {
        const elements = await Promise.all(names.map((name) => recording(String(name))))
        expect(compareGolden(wanted ?? [], await service.predict(elements, parameters), tolerance)).toBeNull()
      }
    }, 180_000)

    test('gives the time and confidence of each word, in order', async () => {
      const { transcript, confidence } = await listen('examples/go-somewhere.flac')
      expect(transcript).toMatchObject({ text: 'go somewhere and do something', language: 'en' })
      expect(transcript.chunks.map(({ text }) => text).join(' ')).toBe(transcript.text)
      let before = 0
      for (const { start, end, score } of transcript.chunks) {
        expect(start).toBeGreaterThanOrEqual(before)
        expect(end).toBeGreaterThan(start)
        expect(score).toBeGreaterThan(0)
        expect(score).toBeLessThanOrEqual(1)
        before = end
      }
      expect(before).toBeLessThan(3)
      expect(confidence.value).toBeGreaterThan(80)
    }, 180_000)

    test('shows the words of a long recording part by part, with the progress', async () => {
      const events = await service.events([await recording('examples/telephone-queue.flac')], {
        search: 'fast',
      })
      const texts = events
        .filter(({ event }) => event === 'output')
        .map(({ data }) =>
          z.object({ outputs: z.array(z.object({ kind: z.string(), data: z.unknown() })) }).parse(data),
        )
        .map(({ outputs: [first] }) => resultKinds.transcript.data.parse(first?.data).text)
      expect(texts.length).toBeGreaterThan(3)
      for (const [index, text] of texts.entries()) expect(text.startsWith(texts[index - 1] ?? '')).toBe(true)
      const progress = events
        .filter(({ event }) => event === 'progress')
        .map(({ data }) => z.object({ progress: z.number(), message: z.string() }).parse(data))
      expect(progress.length).toBe(texts.length)
      expect(progress.at(-1)?.progress).toBeGreaterThan(0.8)
      expect(sayInEnglish(manifest)(progress.at(-1)?.message ?? '')).toMatch(/^second \d+ of \d+$/)
    }, 180_000)

    test('leaves out words below the requested confidence', async () => {
      const all = await listen('examples/numbers.flac', { search: 'fast' })
      const sure = await listen('examples/numbers.flac', { search: 'fast', min_score: 0.9 })
      expect(sure.transcript.chunks.length).toBeLessThan(all.transcript.chunks.length)
      for (const { score } of sure.transcript.chunks) expect(score).toBeGreaterThanOrEqual(0.9)
    }, 180_000)

    test('finds no word in silence, and fails only for a file without sound', async () => {
      const silence = { data: wavOfSilence(16_000).toString('base64'), mime: 'audio/wav' }
      const damaged = { data: Buffer.from('no sound at all').toString('base64'), mime: 'audio/wav' }
      const predictions = await service.predict([silence, damaged])
      expect(predictions.map(({ status }) => status)).toEqual(['succeeded', 'failed'])
      expect(predictions[0]?.outputs[0]?.data).toEqual({ text: '', language: 'en', chunks: [] })
      expect(predictions[1]?.error?.message).toContain('没有可以读取的声音')
    }, 180_000)

    test('names the package when ffmpeg is missing', async () => {
      const script = 'from ai_algorithm import Algorithm; Algorithm().setup()'
      const env = { ...pythonEnvironment(folder), PATH: '/nowhere' }
      await expect(runPython(folder, ['-c', script], { env, file: python })).rejects.toThrow(
        'apt-get install ffmpeg',
      )
    }, 180_000)
  },
)

/** One second of 16-bit silence is 16 000 samples. */
function wavOfSilence(samples: number): Buffer {
  const wav = Buffer.alloc(44 + 2 * samples)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + 2 * samples, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(16_000, 24)
  wav.writeUInt32LE(32_000, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(2 * samples, 40)
  return wav
}
