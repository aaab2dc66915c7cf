import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultKinds, type Manifest } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareGolden } from '../apps/server/src/modules/rollouts/compare-golden.ts'
import { servePython } from './python-runtime.ts'
import { han, sayInEnglish } from './in-english.ts'
import { recogniseExample } from './recognised-example.ts'
import { startExample, type StartedExample } from './started-example.ts'

const folder = join(import.meta.dirname, 'text-classify')

let manifest: Manifest
let service: StartedExample

beforeAll(async () => {
  manifest = await recogniseExample(folder)
  service = await startExample(folder, manifest, servePython)
})
afterAll(() => service?.stop())

/** The topic and text of each line of a data file, in which a topic stands above its texts. */
async function labelled(name: string) {
  const text = await readFile(join(folder, 'data', name), 'utf8')
  return text
    .split(/^# /mu)
    .slice(1)
    .flatMap((section) => {
      const [topic = '', ...lines] = section.trim().split('\n')
      return lines.map((line) => ({ topic, text: line }))
    })
}

const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)}%`

const topicsOf = (outputs: readonly { kind: string; data: unknown }[]) =>
  resultKinds.classification.data.parse(outputs.find((output) => output.kind === 'classification')?.data)
const reasonsOf = (outputs: readonly { kind: string; data: unknown }[]) =>
  resultKinds.tokens.data.parse(outputs.find((output) => output.kind === 'tokens')?.data)

describe('text-classify', () => {
  test('is right for the held-out sentences exactly as often as algorithm.yaml states', async () => {
    const sentences = await labelled('held_out.txt')
    const predictions = await service.predict(sentences.map(({ text }) => text))
    const counts = { zh: { n: 0, first: 0, topThree: 0 }, en: { n: 0, first: 0, topThree: 0 } }
    const sure: number[] = []
    for (const [index, { topic, text }] of sentences.entries()) {
      const count = /\p{Script=Han}/u.test(text) ? counts.zh : counts.en
      const topics = topicsOf(predictions[index]?.outputs ?? [])
      const labels = topics.map(({ label }) => label)
      count.n += 1
      sure.push(topics[0]?.score ?? 0)
      if (labels[0] === topic) count.first += 1
      if (labels.slice(0, 3).includes(topic)) count.topThree += 1
    }
    const { zh, en } = counts
    const [accuracy, confidence] = manifest.quality
    expect(accuracy).toContain(`中文 ${zh.n} 句中 ${zh.first} 句首选正确（${percent(zh.first, zh.n)}）`)
    expect(accuracy).toContain(`英文 ${en.n} 句中 ${en.first} 句首选正确（${percent(en.first, en.n)}）`)
    const total = sure.reduce((sum, score) => sum + score, 0)
    expect(confidence).toContain(`平均概率 ${percent(total, sure.length)}`)
    expect(confidence).toContain(`实际正确 ${percent(zh.first + en.first, sure.length)}`)
    const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8')
    expect(readme).toContain(
      `among the first three: Chinese ${zh.topThree} of ${zh.n}, English ${en.topThree} of ${en.n}`,
    )
    // No result may look certain: nobody has measured "100.0 %".
    expect(Math.max(...sure)).toBeLessThan(0.99)
    expect(Math.min(zh.first / zh.n, en.first / en.n)).toBeGreaterThan(0.9)
  })

  test('has no held-out sentence in its training text', async () => {
    const training = await Promise.all(['train.zh.txt', 'train.en.txt'].map(labelled))
    const seen = new Set(training.flat().map(({ text }) => text))
    expect((await labelled('held_out.txt')).filter(({ text }) => seen.has(text))).toEqual([])
  })

  test('gives the results of its golden examples', async () => {
    const golden = manifest.examples.filter((example) => example.expect)
    expect(golden.length).toBeGreaterThan(3)
    for (const { input_data: elements, parameters, expect: wanted, tolerance } of golden) {
      expect(compareGolden(wanted ?? [], await service.predict(elements, parameters), tolerance)).toBeNull()
    }
  })

  test('answers all its demo inputs', async () => {
    for (const { input_data: elements, parameters } of manifest.examples) {
      const predictions = await service.predict(elements, parameters)
      expect(predictions.map(({ status }) => status)).toEqual(elements.map(() => 'succeeded'))
    }
  })

  test('marks the deciding words at their places in the text', async () => {
    const text = '央行宣布下调存款准备金率，分析师预计还有一次降息。'
    const [prediction] = await service.predict([text])
    const reasons = reasonsOf(prediction?.outputs ?? [])
    expect(reasons.map((reason) => reason.text)).toContain('央行')
    for (const { text: part, start, end } of reasons) expect(text.slice(start, end)).toBe(part)
  })

  test.each([
    ['国家队昨晚赢了', '体育', ['国家队']],
    ['股市今天大涨', '财经', ['股市', '大涨']],
  ])(
    'marks the words of “%s” that decide only together with their characters',
    async (text, topic, words) => {
      const [prediction] = await service.predict([text])
      const reasons = reasonsOf(prediction?.outputs ?? [])
      expect(reasons.map((reason) => [reason.text, reason.label])).toEqual(words.map((word) => [word, topic]))
    },
  )

  test('has no list of deciding words where none decides', async () => {
    const [prediction] = await service.predict(['hello world'])
    expect(prediction?.outputs.map(({ name }) => name)).toEqual(['topics'])
  })

  test('shows as many topics as requested, and is less confident at a higher temperature', async () => {
    const text = '这部讲述航天工程师的电影在上海首映。'
    const [cold] = await service.predict([text], { top_k: 8 })
    const [warm] = await service.predict([text], { top_k: 8, temperature: 4 })
    const [before, after] = [topicsOf(cold?.outputs ?? []), topicsOf(warm?.outputs ?? [])]
    expect(before).toHaveLength(8)
    expect(after[0]?.label).toBe(before[0]?.label)
    expect(after[0]?.score).toBeLessThan(before[0]?.score ?? 0)
    expect(after.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 2)
  })

  test('marks no word if none is requested, and has its topics in English for readers of English', async () => {
    const [prediction] = await service.predict(['The central bank cut interest rates.'], { max_tokens: 0 })
    expect(prediction?.outputs.map(({ kind }) => kind)).toEqual(['classification'])
    const [all] = await service.predict(['The central bank cut interest rates.'], { top_k: 8 })
    const topics = topicsOf(all?.outputs ?? []).map(({ label }) => sayInEnglish(manifest)(label))
    expect(topics[0]).toBe('finance')
    expect(topics.filter((topic) => han.test(topic))).toEqual([])
  })
})
