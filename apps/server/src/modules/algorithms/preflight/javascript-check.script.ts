/**
 * Reads JavaScript files with the parser of the Node that runs it, and runs none of them. Gets a line of JSON for each file,
 * `{path, text, kind}`, and answers with a line. A file is read as what Node would load it as; a script that only a
 * module can be is read as a module, as Node does.
 */
export const javaScriptCheckScript = `
const vm = require('node:vm')
const parameters = ['exports', 'require', 'module', '__filename', '__dirname']
// Node adds the place only when it prints an error. Without this part of it, the line of a module is not known.
let place = () => {}
try {
  place = require('internal/util').decorateErrorStack
} catch {}
const errorOf = (read) => {
  try {
    read()
    return null
  } catch (error) {
    place(error)
    const [where, text = ''] = String(error.stack).split('\\n')
    const line = Number(/:(\\d+)$/.exec(where)?.[1] ?? 0)
    const shown = line > 0 ? text.trim().slice(0, 200) : ''
    return { line: Math.max(1, line), message: error.message, text: shown }
  }
}
const check = (line) => {
  const { path, text, kind } = JSON.parse(line)
  const source = text.replace(/^#!.*/, '')
  const asModule = () => errorOf(() => new vm.SourceTextModule(source, { identifier: path }))
  const asScript = () => errorOf(() => vm.compileFunction(source, parameters, { filename: path }))
  const looksLikeModule = /^\\s*(import\\b[^(]|export\\b)/m.test(source)
  let error = kind === 'module' ? asModule() : asScript()
  if (error !== null && kind !== 'module' && looksLikeModule) error = asModule()
  process.stdout.write(JSON.stringify({ path, error, imports: [], known: [] }) + '\\n')
}
// Not as lines of Node, which also end at U+2028.
let pending = ''
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (pending + text).split('\\n')
  pending = lines.pop()
  lines.forEach(check)
})
`

/** With what Node runs the script. */
export const javaScriptCheckOptions = [
  '--no-warnings',
  '--expose-internals',
  '--experimental-vm-modules',
  '--max-old-space-size=512',
]
