import type { Json, JsonSchema, Stage } from '@vitrine/contract'

const usual = { properties: { top_k: { type: 'integer', default: 3 }, mode: { enum: ['a', 'b'] } } }

const manifest: Stage['manifest'] = {
  id: 'it',
  name: 'It',
  version: '1',
  description: '',
  task: 'other',
  runtime: 'python',
  form: 'single-file',
  entry: 'ai_algorithm.py:Algorithm',
  input: {},
  parameters: {},
  output: {},
  examples: [],
  health: { path: '/health', startup_timeout_s: 60, interval_s: 10 },
  resources: {},
  concurrency: 1,
  batch: { max_size: 1, max_wait_ms: 5 },
  env: [],
  quality: [],
  cover: null,
}

/** A stage for tests. The arguments have the parts that matter to a test. */
export const stageFixture = ({
  input = {},
  parameters = usual,
  examples = [],
}: {
  input?: JsonSchema
  parameters?: JsonSchema
  examples?: { input_data: Json[]; parameters?: Record<string, Json> }[]
}): Stage => ({
  service_id: 'it',
  name: 'It',
  description: '',
  line: '',
  story: '',
  tags: [],
  status: 'RUNNING',
  health: 'READY',
  reason: null,
  release: 1,
  url: 'http://127.0.0.1:8000/ai/it/',
  path: '/ai/it/',
  auth: 'required',
  way: 'run',
  page: null,
  mapped: false,
  operation: null,
  own_server: false,
  asleep: false,
  may_present: false,
  may_map: false,
  manifest: { ...manifest, input, parameters },
  examples: examples.map((example, index) => ({
    name: `example ${index}`,
    input_data: example.input_data,
    parameters: example.parameters ?? {},
    preview_asset_id: null,
  })),
  samples: [],
})
