import { faceContours } from './anatomy.js'
import { keepDistinct, move } from './boxes.js'

/**
 * Margins, as parts of the longer side: around the picture, without which the detectors miss faces and hands that fill it,
 * and around a person whose joints are looked for.
 */
const frameMargin = 0.3
const bodyMargin = 0.2
/** Hands are found less surely than the rest: below this score, what looks like one mostly is none. */
const leastHandScore = 0.7

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
  const look = createLook(human, picture, options, { x: -margin, y: -margin })
  try {
    onStep(0.1, '找人 / people')
    const people = await look.people(tensor)
    onStep(0.4, '看脸 / faces')
    const faces = options.faces ? await look.faces(tensor, framed) : []
    onStep(0.6, '看姿态 / bodies')
    const bodies = options.bodies ? await look.bodies(tensor, people) : []
    onStep(0.8, '看手 / hands')
    const hands = options.hands ? await look.hands(framed) : []
    onStep(1, '完成 / done')
    return { people, faces, bodies, hands }
  } finally {
    tf.dispose([tensor, framed])
  }
}

/** The four ways to look; `frame` is where the framed picture begins, seen from the picture itself. */
function createLook(human, picture, options, frame) {
  const { tf } = human
  const { min_confidence: minConfidence, max_people: maxDetected } = options
  const bounds = { xmin: 0, ymin: 0, xmax: picture.width, ymax: picture.height }

  /** Runs only the named part of Human; positions are moved by the offset and given in pixels of the original. */
  async function run(part, tensor, settings, offset = { x: 0, y: 0 }) {
    const only = Object.fromEntries(
      ['face', 'body', 'hand', 'object'].map((name) => [name, { enabled: name === part }]),
    )
    const result = await human.detect(tensor, { ...only, [part]: { enabled: true, ...settings } })
    return result[part].map((item, index) => ({
      ...item,
      placed: move(item.box, offset, bounds, picture.enlargement),
      place: ([x, y]) => ({
        x: (x + offset.x) * picture.enlargement,
        y: (y + offset.y) * picture.enlargement,
      }),
      gestures: result.gesture.filter((gesture) => gesture[part] === index).map((gesture) => gesture.gesture),
    }))
  }

  return {
    people: async (tensor) => {
      const objects = await run('object', tensor, { minConfidence, maxDetected: 100 })
      return objects
        .filter((object) => object.label === 'person')
        .slice(0, maxDetected)
        .map(({ score, placed }) => ({ score, box: placed, points: [], gestures: [] }))
    },

    /** Twice, as small faces are seen better without the frame and large ones within it. */
    faces: async (tensor, framed) => {
      const settings = { detector: { minConfidence, maxDetected } }
      const twice = [
        ...(await run('face', tensor, settings)),
        ...(await run('face', framed, settings, frame)),
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
    },

    /** The pose model knows one person a picture: it is shown each found person alone, or the whole if nobody was found. */
    bodies: async (tensor, people) => {
      const whole = { xmin: 0, ymin: 0, xmax: picture.width, ymax: picture.height }
      const areas = people.map((person) => surroundings(person.box, picture))
      const found = []
      for (const area of areas.length > 0 ? areas : [whole]) {
        const crop = tf.slice(
          tensor,
          [0, area.ymin, area.xmin, 0],
          [1, area.ymax - area.ymin, area.xmax - area.xmin, 3],
        )
        const bodies = await run(
          'body',
          crop,
          { minConfidence, maxDetected: 1 },
          { x: area.xmin, y: area.ymin },
        )
        tf.dispose(crop)
        for (const body of bodies) {
          // Fewer joints than this is a guess at a limb, not a pose.
          if (body.keypoints.length < 5) continue
          const points = body.keypoints.map(({ part, position, score }) => ({
            name: part,
            ...body.place(position),
            score,
          }))
          found.push({ score: body.score, box: body.placed, points, gestures: body.gestures })
        }
      }
      return keepDistinct(found, 0.7)
    },

    /** Without gestures: what Human reads from the fingers was wrong too often to be shown. */
    hands: async (framed) => {
      const leastScore = Math.max(minConfidence, leastHandScore)
      const hands = await run(
        'hand',
        framed,
        { minConfidence: leastScore, maxDetected: 2 * maxDetected },
        frame,
      )
      return hands
        .filter((hand) => hand.keypoints.length > 0)
        .map(({ score, placed, annotations, place }) => {
          const fingers = Object.entries(annotations).map(([name, points]) => ({
            name,
            points: points.map(place),
          }))
          return { score, box: placed, points: fingers, gestures: [] }
        })
    },
  }
}

/** The part of the (reduced) picture around a person, in whole pixels of it. */
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
