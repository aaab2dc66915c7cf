import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PackageFiles } from '../support/api-client.ts'

/**
 * A Node package whose installation runs a shell command in the folder of the build. Its one dependency is
 * written into `folder`, so that no registry is needed.
 */
export async function hostileNodePackage(folder: string, preinstall: string): Promise<PackageFiles> {
  await chmod(folder, 0o755)
  const dependency = join(folder, 'dependency')
  await mkdir(dependency, { recursive: true })
  await writeFile(join(dependency, 'package.json'), JSON.stringify({ name: 'dependency', version: '1.0.0' }))
  const packageJson = {
    name: 'built',
    main: 'index.js',
    scripts: { preinstall },
    dependencies: { dependency: `file:${dependency}` },
  }
  return {
    'index.js': 'exports.predict = (elements) => elements\n',
    'package.json': JSON.stringify(packageJson),
  }
}
