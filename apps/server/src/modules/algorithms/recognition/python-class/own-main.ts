import type { LaunchPlan } from '@vitrine/contract'
import type { PackageReading } from '../package-reading.ts'

/**
 * How a package is started that has its own `main.py` for the platform's runtime, with routes of its own. Null for any
 * other `main.py`, which is only one of the package's files.
 */
export async function ownMain(reading: Pick<PackageReading, 'has' | 'module'>): Promise<LaunchPlan | null> {
  const main = await reading.module('main.py')
  if (!main?.imports.some(({ module }) => module === 'vitrine_runtime')) return null
  return {
    folder: '',
    paths: [''],
    requirements: reading.has('requirements.txt') ? 'requirements.txt' : null,
    install: [],
    env: {},
    start: 'python main.py',
  }
}
