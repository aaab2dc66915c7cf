import type { Manifest } from '@vitrine/contract'
import { testOptions } from '../services/stored-service.test-setup.ts'
import type { ReleaseConfig } from './releases.tables.ts'

/** The default settings of a service with one instance. */
export const usualConfig: ReleaseConfig = {
  ...testOptions,
  replicas: 1,
  mode: 'local',
  limits: null,
}

/** A complete manifest, by default of a single file. */
export const completeManifest = (part: Partial<Manifest> = {}): Manifest => ({
  id: 'example',
  name: 'Example',
  version: '1.0.0',
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
  ...part,
})
