import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** Kinds of files that become smaller; pictures and fonts are compressed already. */
const kinds = new Set(['.css', '.html', '.js', '.json', '.svg'])
/** Below this a file fits into one packet of the network anyway, in bytes. */
const leastBytes = 1024

/**
 * Puts a `.br` and a `.gz` beside each file of a folder that becomes smaller by them, as strong as they can be: it is done once,
 * and not at each request. Files of folders whose name begins with a dot are left alone.
 * @param {string} folder
 */
export function compressFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) compressFiles(path)
    else if (kinds.has(extname(entry.name))) compressFile(path)
  }
}

/** @param {string} path */
function compressFile(path) {
  const bytes = readFileSync(path)
  if (bytes.length < leastBytes) return
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }))
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
}
