import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** Kinds of files that become smaller; pictures and fonts are compressed already. */
const kinds = new Set(['.css', '.html', '.js', '.json', '.svg'])
/** Smaller files are not compressed, because they fit into one network packet anyway. In bytes. */
const leastBytes = 1024

/**
 * Puts a `.br` and a `.gz` beside each file of a folder that becomes smaller that way. They have the strongest
 * compression, because this is done once and not at each request. Files of folders whose name begins with a dot are
 * left alone.
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
