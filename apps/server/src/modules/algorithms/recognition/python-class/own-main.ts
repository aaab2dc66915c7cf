import { usesRuntime, type LaunchPlan, type Manifest } from '@vitrine/contract'
import { readPackage, type PackageReading } from '../package-reading.ts'
import type { PackageView } from '../../../sources/package-view.ts'

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

/** The manifest of a stored version. Those from before recognition looked for a `main.py` do not say that it starts. */
export async function withOwnMain(view: PackageView, manifest: Manifest): Promise<Manifest> {
  if (manifest.launch || manifest.runtime !== 'python' || !usesRuntime(manifest)) return manifest
  const launch = await ownMain(readPackage(view))
  return launch ? { ...manifest, launch } : manifest
}
