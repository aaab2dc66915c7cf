import type { PackageFiles } from '../support/api-client.ts'

/**
 * A Node package whose installation runs a shell command in the folder of the build. Its one dependency is in the
 * package, so that no registry is needed.
 */
export const hostileNodePackage = (preinstall: string): PackageFiles => ({
  'index.js': 'exports.predict = (elements) => elements\n',
  'package.json': JSON.stringify({
    name: 'built',
    main: 'index.js',
    scripts: { preinstall },
    dependencies: { dependency: 'file:./dependency' },
  }),
  'dependency/package.json': JSON.stringify({ name: 'dependency', version: '1.0.0' }),
})
