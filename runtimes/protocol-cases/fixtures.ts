import type { JsonSchema, Manifest } from '@vitrine/contract'

/** A package for the cases. Its code is in `<runtime>/tests/fixtures/<code>/`. */
export type Fixture = {
  code: string
  manifest: Partial<
    Pick<
      Manifest,
      'input' | 'parameters' | 'output' | 'concurrency' | 'max_waiting' | 'batch' | 'form' | 'translations'
    >
  >
  allowUrls?: boolean
  /** The revision of the configuration with which it starts, and the key of the platform. */
  config?: { revision: number; key: string }
  /** False if the process never becomes READY, or only later. */
  ready?: boolean
}

const toolParameters: JsonSchema = {
  type: 'object',
  properties: {
    top_k: { type: 'integer', minimum: 1, maximum: 10, default: 3 },
    mode: { enum: ['fast', 'exact'], default: 'fast' },
    threshold: { type: 'number' },
    step: { type: 'number', multipleOf: 0.1 },
  },
  additionalProperties: false,
}

const textInput: JsonSchema = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string', minLength: 1, maxLength: 5 } },
}

const batchingFor = (waitMs: number): Fixture => ({
  code: 'batching',
  manifest: {
    batch: { max_size: 4, max_wait_ms: waitMs },
    parameters: { type: 'object', properties: { suffix: { type: 'string', default: '' } } },
  },
})

const config = { revision: 3, key: 'the key of the platform' }

/** All fixtures by name, the same ones in every language. */
export const fixtures: Record<string, Fixture> = {
  toolbox: {
    code: 'toolbox',
    manifest: { parameters: toolParameters, translations: { en: { '测试 toolbox': 'Test toolbox' } } },
  },
  declared: { code: 'toolbox', manifest: { output: { 'x-kind': 'detection' } } },
  strict: { code: 'toolbox', manifest: { input: textInput } },
  generator: { code: 'generator', manifest: {} },
  // Its cases send as many elements as are joined, so no request waits for the whole time.
  batching: batchingFor(10_000),
  'batching-brief': batchingFor(400),
  waits: { code: 'waits', manifest: {} },
  'waits-bounded': { code: 'waits', manifest: { max_waiting: 2 } },
  'waits-two': { code: 'waits', manifest: { concurrency: 2 } },
  endless: { code: 'endless', manifest: {} },
  'endless-media': {
    code: 'endless',
    manifest: { input: { type: 'object', properties: { photo: { 'x-kind': 'file' } } } },
  },
  computes: { code: 'computes', manifest: {} },
  'in-steps': { code: 'in-steps', manifest: {} },
  'setup-fails': { code: 'setup-fails', manifest: {}, ready: false },
  'setup-waits': { code: 'setup-waits', manifest: {}, ready: false },
  media: { code: 'media', manifest: { input: { 'x-kind': 'file' } } },
  'media-urls': { code: 'media', manifest: { input: { 'x-kind': 'file' } }, allowUrls: true },
  'media-list': {
    code: 'media',
    manifest: { input: { type: 'array', items: { 'x-kind': 'file' } } },
  },
  'media-inside': {
    code: 'media',
    manifest: {
      input: {
        type: 'object',
        required: ['photo'],
        properties: { photo: { type: 'string', 'x-kind': 'image' }, note: { type: 'string' } },
      },
    },
  },
  cog: { code: 'cog', manifest: { form: 'cog-package' } },
  'cog-stream': { code: 'cog-stream', manifest: { form: 'cog-package' } },
  'cog-function': { code: 'cog-function', manifest: { form: 'cog-package' } },
  'cog-runner': { code: 'cog-runner', manifest: { form: 'cog-package' } },
  function: { code: 'function', manifest: { form: 'python-function' } },
  live: { code: 'live', manifest: {}, config },
  'not-live': { code: 'toolbox', manifest: {}, config },
  commonjs: { code: 'commonjs', manifest: {} },
}
