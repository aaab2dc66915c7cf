/** The lock file of {@link lockedProject}, as pnpm writes it. */
export const pnpmLock = `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .:
    dependencies:
      ms:
        specifier: 2.1.3
        version: 2.1.3
    devDependencies:
      isarray:
        specifier: 2.0.5
        version: 2.0.5

packages:

  isarray@2.0.5:
    resolution: {integrity: sha512-xHjhDr3cNBK0BzdUJSPXZntQUx/mwMS5Rw4A7lPJ90XGAO6ISP/ePDNuo0vhqOZU+UD5JoodwCAAoZQd3FeAKw==}

  ms@2.1.3:
    resolution: {integrity: sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==}

snapshots:

  isarray@2.0.5: {}

  ms@2.1.3: {}
`

/** A server without a framework that needs one package, and has another one for development. */
export const lockedProject = (packageManager?: string) => ({
  'package.json': JSON.stringify({
    name: 'locked',
    version: '1.0.0',
    ...(packageManager !== undefined && { packageManager }),
    scripts: { start: 'node server.js' },
    dependencies: { ms: '2.1.3' },
    devDependencies: { isarray: '2.0.5' },
  }),
  'server.js': `const { createServer } = require('node:http')
const ms = require('ms')
const has = (name) => {
  try {
    return require.resolve(name) !== ''
  } catch {
    return false
  }
}
createServer((_request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ two_days: ms('2 days'), for_development: has('isarray') }))
}).listen(process.env.PORT, process.env.HOST)
`,
})
