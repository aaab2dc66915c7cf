import { expect, test } from 'vitest'
import { inLanguage } from '@vitrine/contract'
import { completeManifest } from '../releases/releases.test-world.ts'
import { presentedManifest } from './presented-manifest.ts'

const manifest = inLanguage(
  {
    ...completeManifest(),
    parameters: {
      type: 'object',
      required: ['model', 'size'],
      properties: {
        model: { type: 'string' },
        size: { type: 'integer', default: 3 },
        seed: { type: 'integer', title: 'Seed' },
      },
    },
  },
  'en',
)
const fieldsWith = (fields: Record<string, { shown: boolean; title: { zh?: string; en?: string } }>) =>
  presentedManifest(manifest, { fields, task: null }, 'en').parameters

test('a hidden parameter is left out and keeps its default, but one that a run needs stays', () => {
  const hidden = { shown: false, title: {} }
  expect(fieldsWith({ model: hidden, size: hidden, seed: hidden })).toEqual({
    type: 'object',
    required: ['model'],
    properties: { model: { type: 'string' } },
  })
})

test('a field has the name that people gave it, else that of the package, else that in the other language', () => {
  const { properties } = fieldsWith({
    model: { shown: true, title: { zh: '模型' } },
    size: { shown: true, title: { en: 'How large' } },
    seed: { shown: true, title: { zh: '种子' } },
  })
  expect(properties).toMatchObject({
    model: { title: '模型' },
    size: { title: 'How large' },
    seed: { title: 'Seed' },
  })
})

test('names that every object has are no fields', () => {
  const odd = { ...manifest, parameters: { properties: { constructor: { type: 'string' } } } }
  expect(presentedManifest(odd, { fields: {}, task: null }, 'en')).toEqual(odd)
})
