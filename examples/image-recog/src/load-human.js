import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

const require = createRequire(import.meta.url)
/** The package's own entry for Node wants the native TensorFlow; the WebAssembly build lies beside it. */
const humanFolder = dirname(require.resolve('@vladmandic/human'))
const wasmFolder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))

const config = {
  backend: 'wasm',
  wasmPath: `${wasmFolder}/`,
  wasmPlatformFetch: false,
  debug: false,
  // Requests are single pictures, not frames of one film: nothing may be carried over from the one before.
  cacheSensitivity: 0,
  async: false,
  filter: { enabled: false },
  face: { enabled: true, iris: { enabled: false }, description: { enabled: false } },
  body: { enabled: true },
  hand: { enabled: true },
  object: { enabled: true },
}

/**
 * Loads Human with all models that are used here. TensorFlow.js reads models by HTTP only,
 * so a server on the loopback interface hands out the package's files while they are being loaded, and is closed after.
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

/** @param {string} folder files directly in it are served, nothing else */
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
