import { expect, test } from 'vitest'
import { recognise, toInspection } from './recognise.ts'

const algorithm = 'class Algorithm:\n    def predict(self, input_data): ...\n'
const inspect = async (files: Record<string, string>, given = {}, language: 'zh' | 'en' = 'en') => {
  const view = {
    files: Object.keys(files).map((path) => ({ path, size: 1 })),
    readText: async (path: string) => files[path] ?? null,
  }
  return toInspection(await recognise(view, { packageName: 'demo', ...given }), [], language)
}

test('texts that a package has in the reader’s language are shown in that language', async () => {
  const text = 'name: 一\ndescription: 二\ntranslations: {en: {一: one}}'
  const files = { 'algorithm.yaml': text, 'ai_algorithm.py': algorithm }
  expect((await inspect(files)).manifest).toMatchObject({ name: 'one', description: '二' })
  const written = (await inspect(files, {}, 'zh')).manifest
  expect(written).toMatchObject({ name: '一', description: '二' })
  expect(written).not.toHaveProperty('translations')
})

test('a translation without an original text gets a warning that names it; the stated title counts even if another was given', async () => {
  const text =
    'name: 一\ninput: {title: 二}\ntranslations: {en: {一: one, 二: two, 三: three}, zh: {four: 四}}'
  const files = { 'algorithm.yaml': text, 'ai_algorithm.py': algorithm }
  const { warnings, problems } = await inspect(files, { name: 'mine' })
  expect([problems, warnings.map(({ code }) => code)]).toEqual([
    [],
    ['manifest.translation_unused', 'manifest.translation_unused'],
  ])
  expect(warnings.map(({ message }) => message.slice(0, 4))).toEqual(['“fou', '“三” '])
  expect(warnings[1]?.message).toContain('translations.en')
})

test('giving the translated title, as the reader was shown it, changes nothing', async () => {
  const text = 'name: 一\ntranslations: {en: {一: one}}'
  const files = { 'algorithm.yaml': text, 'ai_algorithm.py': algorithm }
  expect((await inspect(files, { name: 'one' }, 'zh')).manifest?.name).toBe('一')
  expect((await inspect(files, { name: 'mine' }, 'zh')).manifest?.name).toBe('mine')
})
