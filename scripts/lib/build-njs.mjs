import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Bundles one entry into a script that assigns its exports to the variable `name`, in ECMAScript 5, because
 * njs supports little more.
 * @param {string} entry @param {string} name
 */
async function bundleForNjs(entry, name) {
  const [{ build }, { default: typescript }] = await Promise.all([import('esbuild'), import('typescript')])
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    write: false,
    bundle: true,
    metafile: true,
    platform: 'neutral',
    target: 'es2020',
    format: 'esm',
    charset: 'utf8',
    logLevel: 'error',
  })
  const names = Object.values(metafile.outputs).flatMap((output) => output.exports)
  const exported = `var ${name} = { ${names.map((one) => `${one}: ${one}`).join(', ')} };`
  const text = (outputFiles[0]?.text ?? '').replace(/export \{[^}]*\};?\s*$/, exported)
  const { outputText } = typescript.transpileModule(text, {
    compilerOptions: {
      target: typescript.ScriptTarget.ES5,
      module: typescript.ModuleKind.None,
      ignoreDeprecations: '5.0',
    },
  })
  return { text: outputText.replaceAll('njsRequire', 'require'), names }
}

/**
 * Builds the script that runs inside nginx. njs runs the script from its top for every request, so code that
 * few requests need is put into a function, where it costs the others nothing.
 * @param {string} folder the sources: `hot.ts` and `cold.ts` @param {string} outfile
 */
export async function buildNjs(folder, outfile) {
  const hot = await bundleForNjs(join(folder, 'hot.ts'), 'hot')
  const cold = await bundleForNjs(join(folder, 'cold.ts'), 'cold')
  const text = [
    hot.text,
    `function cold() {\n${cold.text}\nreturn cold;\n}`,
    ...cold.names.map((name) => `function ${name}(r) { return cold().${name}(r); }`),
    `export default { ${[...hot.names, ...cold.names].map((name) => `${name}: ${name}`).join(', ')} };`,
  ]
  writeFileSync(outfile, `${text.join('\n')}\n`)
}
