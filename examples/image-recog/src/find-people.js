import { lookForBodies, lookForFaces, lookForHands, lookForPeople } from './looks.js'

/** Margin around the picture, as a part of its longer side: without it the detectors miss faces and hands that fill the picture. */
const frameMargin = 0.3

/**
 * @typedef {{ xmin: number, ymin: number, xmax: number, ymax: number }} Box pixels of the original picture
 * @typedef {{ score: number, box: Box, points: object[], gestures: string[], emotion?: object }} Found
 * @typedef {{ people: Found[], faces: Found[], bodies: Found[], hands: Found[] }} Findings
 */

/**
 * Looks for people, then for the faces, bodies and hands that the options ask for.
 * @param {import('@vladmandic/human').Human} human
 * @param {Awaited<ReturnType<typeof import('./read-picture.js').readPicture>>} picture
 * @param {{ min_confidence: number, max_people: number, faces: boolean, bodies: boolean, hands: boolean }} options
 * @param {(step: number, message: string) => void} [onStep] told before each step; may throw to stop
 * @returns {Promise<Findings>}
 */
export async function findPeople(human, picture, options, onStep = () => {}) {
  const { tf } = human
  const tensor = tf.tensor(picture.pixels, [1, picture.height, picture.width, 3], 'float32')
  const margin = Math.round(frameMargin * Math.max(picture.width, picture.height))
  const sides = [margin, margin]
  const framed = tf.pad(tensor, [[0, 0], sides, sides, [0, 0]], 127)
  const frame = { x: -margin, y: -margin }
  const view = { human, picture, minConfidence: options.min_confidence, maxDetected: options.max_people }
  try {
    onStep(0.1, '找人')
    const people = await lookForPeople(view, tensor)
    onStep(0.4, '看脸')
    const faces = options.faces ? await lookForFaces(view, tensor, framed, frame) : []
    onStep(0.6, '看姿态')
    const bodies = options.bodies ? await lookForBodies(view, tensor, people) : []
    onStep(0.8, '看手')
    const hands = options.hands ? await lookForHands(view, framed, frame) : []
    onStep(1, '完成')
    return { people, faces, bodies, hands }
  } finally {
    tf.dispose([tensor, framed])
  }
}
