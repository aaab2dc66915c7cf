import { zipFile } from '../../../../../tests/support/zip-file.ts'

/** The bytes of a wheel: a package whose only module has its version. `needs` are the names of what it requires. */
export function wheel(name: string, version: string, needs: readonly string[] = []): Buffer {
  const info = `${name}-${version}.dist-info`
  const metadata = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`]
  const requires = needs.map((one) => `Requires-Dist: ${one}`)
  const files = {
    [`${name}/__init__.py`]: `__version__ = "${version}"\n`,
    [`${info}/METADATA`]: `${[...metadata, ...requires].join('\n')}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  }
  const record = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join('')
  const entries = Object.entries({ ...files, [`${info}/RECORD`]: record })
  return zipFile(entries.map(([path, content]) => ({ name: path, content })))
}
