/**
 * Finds people in pictures: boxes of people, faces and hands, keypoints of faces, bodies and hands, and what
 * people are doing. Everything runs on this machine in WebAssembly, with the models of the package
 * @vladmandic/human.
 */
import { fileURLToPath } from 'node:url'
import { findPeople } from './src/find-people.js'
import { loadHuman } from './src/load-human.js'
import { describe } from './src/outputs.js'
import { readPicture } from './src/read-picture.js'

/** The parameters. algorithm.yaml has the same defaults, and the form on the stage is made from it. */
const defaults = {
  min_confidence: 0.3,
  max_people: 10,
  faces: true,
  bodies: true,
  hands: true,
}

/** @type {import('@vladmandic/human').Human} */
let human

/**
 * Called once before the service is READY. Loads the models and processes one picture, so that the first
 * caller does not wait.
 */
export async function setup() {
  human = await loadHuman()
  const picture = await readPicture(fileURLToPath(new URL('examples/astronaut.jpg', import.meta.url)))
  await findPeople(human, picture, defaults)
}

/**
 * @param {string[]} inputData paths of pictures
 * @param {Partial<typeof defaults>} parameters
 * @param {{ progress: (fraction: number, message?: string) => void, signal: AbortSignal }} context
 * @returns {Promise<object[][]>} for each picture its outputs, as algorithm.yaml describes them
 */
export async function predict(inputData, parameters, { progress, signal }) {
  const options = { ...defaults, ...parameters }
  const results = []
  for (const [index, path] of inputData.entries()) {
    signal.throwIfAborted()
    const picture = await readPicture(path)
    const found = await findPeople(human, picture, options, (step, message) => {
      signal.throwIfAborted()
      progress((index + step) / inputData.length, message)
    })
    results.push(describe(found))
  }
  return results
}
