import { completeManifest } from '../releases/releases.test-world.ts'

/** The manifest of the small algorithm that tests of runs call. */
export const manifest = completeManifest({
  id: 'echo',
  name: 'Echo',
  version: '1',
  entry: 'index.js',
  runtime: 'node',
  form: 'node-package',
  env: ['SECRET_NAME'],
})
