import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const require = createRequire(import.meta.url)
/** The package's entry for Node needs the native TensorFlow. The WebAssembly build is in the same folder. */
const humanFolder = dirname(require.resolve('@vladmandic/human'))
const wasmFolder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))

const config = {
  backend: 'wasm',
  wasmPath: `${wasmFolder}/`,
  wasmPlatformFetch: false,
  debug: false,
  // Requests are independent pictures, not frames of a video, so nothing may be reused from the previous one.
  cacheSensitivity: 0,
  async: false,
  filter: { enabled: false },
  face: { enabled: true, iris: { enabled: false }, description: { enabled: false } },
  body: { enabled: true },
  hand: { enabled: true },
  object: { enabled: true },
}

/**
 * Loads Human with all models that are used here. TensorFlow.js reads models only over HTTP, so a server on
 * the loopback interface serves the package's files while they are loaded, and is then closed.
 * @returns {Promise<import('@vladmandic/human').Human>}
 */
export async function loadHuman() {
  const { Human } = require(join(humanFolder, 'human.node-wasm.js'))
  const models = await serveFolder(join(humanFolder, '..', 'models'))
  try {
    const human = new Human({ ...config, modelBasePath: models.url })
    await human.load()
    return human
  } finally {
    models.close()
  }
}

/** @param {string} folder only the files directly in it are served */
async function serveFolder(folder) {
  const server = createServer((request, response) => {
    const file = join(folder, basename(new URL(request.url, 'http://localhost').pathname))
    pipeline(createReadStream(file), response).catch((error) => response.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
