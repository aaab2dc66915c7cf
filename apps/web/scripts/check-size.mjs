// Measures what the start page loads before a person sees it (the entry, the shell, the page and all that these import
// statically) and fails when its JavaScript exceeds the budget.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const budgetBytes = 250 * 1024
const outDir = join(import.meta.dirname, '../../../dist/web')
const manifest = JSON.parse(readFileSync(join(outDir, '.vite/manifest.json'), 'utf8'))

const startPage = Object.keys(manifest).filter((key) =>
  key.startsWith('src/features/showcase/pages/Showcase'),
)
const roots = ['index.html', 'src/app/AppShell.vue', 'src/locales/zh.ts', ...startPage]
/** @type {Set<string>} */
const keys = new Set()
const visit = (/** @type {string} */ key) => {
  if (keys.has(key)) return
  if (manifest[key] === undefined) throw new Error(`the build has no ${key}`)
  keys.add(key)
  for (const imported of manifest[key].imports ?? []) visit(imported)
}
for (const root of roots) visit(root)

const sizes = [...keys].map((key) => {
  const { file } = manifest[key]
  return { file, bytes: gzipSync(readFileSync(join(outDir, file)), { level: 9 }).length }
})
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
for (const { file, bytes } of sizes.toSorted((a, b) => b.bytes - a.bytes).slice(0, 8))
  console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KB  ${file}`)
console.log(
  `first load of /: ${(total / 1024).toFixed(1)} KB of JavaScript gzipped, budget ${budgetBytes / 1024} KB`,
)
if (total > budgetBytes) {
  console.error('the first load is over its budget')
  process.exit(1)
}
