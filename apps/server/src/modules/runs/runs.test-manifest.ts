import type { Manifest } from '@vitrine/contract'

/** The manifest of the small algorithm that tests of runs call. */
export const manifest: Manifest = {
  id: 'echo',
  name: 'Echo',
  version: '1',
  description: '',
  task: 'other',
  entry: 'index.js',
  runtime: 'node',
  form: 'node-package',
  input: {},
  parameters: {},
  output: {},
  examples: [],
  health: { path: '/health', startup_timeout_s: 60, interval_s: 10 },
  resources: {},
  concurrency: 1,
  batch: { max_size: 1, max_wait_ms: 5 },
  env: ['SECRET_NAME'],
  quality: [],
  cover: null,
}
