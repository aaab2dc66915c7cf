import { faceContours } from './anatomy.js'
import { keepDistinct, move } from './boxes.js'

/** Margin around a person for the pose model, as a part of the longer side. */
const bodyMargin = 0.2
/** With fewer joints, a pose is only a guess. */
const leastJoints = 5
/** Hands are detected less reliably than the rest. Below this score most detections are wrong. */
const leastHandScore = 0.7

/**
 * What all looks need to know.
 * @typedef {{
 *   human: import('@vladmandic/human').Human,
 *   picture: Awaited<ReturnType<typeof import('./read-picture.js').readPicture>>,
 *   minConfidence: number,
 *   maxDetected: number,
 * }} View
 * @typedef {{ x: number, y: number }} Point
 * @typedef {import('./find-people.js').Found} Found
 */

/**
 * @param {View} view
 * @param {import('@tensorflow/tfjs-core').Tensor4D} tensor the picture
 * @returns {Promise<Found[]>}
 */
export async function lookForPeople(view, tensor) {
  // The detector also finds other things, so people are selected from all of them.
  const objects = await run(view, 'object', tensor, { minConfidence: view.minConfidence, maxDetected: 100 })
  return objects
    .filter((object) => object.label === 'person')
    .slice(0, view.maxDetected)
    .map(({ score, placed }) => ({ score, box: placed, points: [], gestures: [] }))
}

/**
 * Detects twice, because small faces are found better without the margin and large ones with it.
 * @param {View} view
 * @param {import('@tensorflow/tfjs-core').Tensor4D} tensor the picture
 * @param {import('@tensorflow/tfjs-core').Tensor4D} framed the picture with a margin
 * @param {Point} frame where the framed picture begins, relative to the picture
 * @returns {Promise<Found[]>}
 */
export async function lookForFaces(view, tensor, framed, frame) {
  const { minConfidence, maxDetected } = view
  const settings = { detector: { minConfidence, maxDetected } }
  const twice = [
    ...(await run(view, 'face', tensor, settings)),
    ...(await run(view, 'face', framed, settings, frame)),
  ]
  const faces = twice
    .filter((face) => face.score >= minConfidence && face.mesh.length > 0)
    .map(({ score, placed, annotations, place, gestures, emotion }) => {
      const contours = Object.keys(faceContours).map((name) => ({
        name,
        points: annotations[name].map(place),
      }))
      return { score, box: placed, points: contours, gestures, emotion: emotion?.[0] }
    })
  return keepDistinct(faces, 0.3).slice(0, maxDetected)
}

/**
 * The pose model finds one person in a picture, so it gets each found person separately, or the whole picture
 * if nobody was found.
 * @param {View} view
 * @param {import('@tensorflow/tfjs-core').Tensor4D} tensor the picture
 * @param {Found[]} people
 * @returns {Promise<Found[]>}
 */
export async function lookForBodies(view, tensor, people) {
  const { human, picture, minConfidence } = view
  const whole = { xmin: 0, ymin: 0, xmax: picture.width, ymax: picture.height }
  const areas = people.length > 0 ? people.map((person) => surroundings(person.box, picture)) : [whole]
  const found = []
  for (const { xmin, ymin, xmax, ymax } of areas) {
    const crop = human.tf.slice(tensor, [0, ymin, xmin, 0], [1, ymax - ymin, xmax - xmin, 3])
    const bodies = await run(view, 'body', crop, { minConfidence, maxDetected: 1 }, { x: xmin, y: ymin })
    human.tf.dispose(crop)
    for (const { score, placed, keypoints, place, gestures } of bodies) {
      if (keypoints.length < leastJoints) continue
      const points = keypoints.map((joint) => ({
        name: joint.part,
        ...place(joint.position),
        score: joint.score,
      }))
      found.push({ score, box: placed, points, gestures })
    }
  }
  return keepDistinct(found, 0.7)
}

/**
 * Without gestures, because those that Human finds for fingers were wrong too often.
 * @param {View} view
 * @param {import('@tensorflow/tfjs-core').Tensor4D} framed the picture with a margin
 * @param {Point} frame where the framed picture begins, relative to the picture
 * @returns {Promise<Found[]>}
 */
export async function lookForHands(view, framed, frame) {
  const minConfidence = Math.max(view.minConfidence, leastHandScore)
  const hands = await run(view, 'hand', framed, { minConfidence, maxDetected: 2 * view.maxDetected }, frame)
  return hands
    .filter((hand) => hand.keypoints.length > 0)
    .map(({ score, placed, annotations, place }) => {
      const fingers = Object.entries(annotations).map(([name, points]) => ({
        name,
        points: points.map(place),
      }))
      return { score, box: placed, points: fingers, gestures: [] }
    })
}

/** Runs only the named part of Human. Positions are moved by the offset and given in pixels of the original. */
async function run({ human, picture }, part, tensor, settings, offset = { x: 0, y: 0 }) {
  const parts = ['face', 'body', 'hand', 'object']
  const only = Object.fromEntries(parts.map((name) => [name, { enabled: name === part }]))
  const result = await human.detect(tensor, { ...only, [part]: { enabled: true, ...settings } })
  const bounds = { xmin: 0, ymin: 0, xmax: picture.width, ymax: picture.height }
  return result[part].map((item, index) => ({
    ...item,
    placed: move(item.box, offset, bounds, picture.enlargement),
    place: ([x, y]) => ({ x: (x + offset.x) * picture.enlargement, y: (y + offset.y) * picture.enlargement }),
    gestures: result.gesture.filter((gesture) => gesture[part] === index).map(({ gesture }) => gesture),
  }))
}

/** The part of the (reduced) picture around a person, in whole pixels of that picture. */
function surroundings(box, { width, height, enlargement }) {
  const [xmin, ymin, xmax, ymax] = [box.xmin, box.ymin, box.xmax, box.ymax].map(
    (length) => length / enlargement,
  )
  const margin = bodyMargin * Math.max(xmax - xmin, ymax - ymin)
  return {
    xmin: Math.max(0, Math.floor(xmin - margin)),
    ymin: Math.max(0, Math.floor(ymin - margin)),
    xmax: Math.min(width, Math.ceil(xmax + margin)),
    ymax: Math.min(height, Math.ceil(ymax + margin)),
  }
}
