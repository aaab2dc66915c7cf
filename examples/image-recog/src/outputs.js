import { edgesOfBody, fingerChains, faceContours } from './anatomy.js'
import { sayGestures, words } from './words.js'

/** An emotion is reported only if its score is at least this. */
const leastEmotionScore = 0.8

/**
 * Converts the findings to the three outputs that algorithm.yaml describes.
 * @param {import('./find-people.js').Findings} findings
 */
export function describe(findings) {
  const { people, faces, bodies, hands } = findings
  const boxes = (label, found) => found.map(({ score, box }) => ({ label, score: round(score, 3), box }))
  return [
    {
      name: 'boxes',
      kind: 'detection',
      data: [...boxes(words.person, people), ...boxes(words.face, faces), ...boxes(words.hand, hands)],
    },
    {
      name: 'points',
      kind: 'keypoints',
      data: [
        ...bodies.map((body) => skeleton(words.body, body, body.points, edgesOfBody(body.points))),
        ...faces.map((face) => skeleton(words.face, face, ...join(face.points, faceContours))),
        ...hands.map((hand) => skeleton(words.hand, hand, ...join(hand.points, fingerChains))),
      ],
    },
    { name: 'summary', kind: 'text', data: summary(findings) },
  ]
}

function skeleton(label, { score }, points, edges) {
  const rounded = points.map((point) => ({ ...point, x: round(point.x, 1), y: round(point.y, 1) }))
  return { label, score: round(score, 3), points: rounded, edges }
}

/**
 * Joins named chains of points to one list of points, with edges between neighbours.
 * @param {{ name: string, points: { x: number, y: number }[] }[]} found
 * @param {Record<string, { closed: boolean }>} chains the chains to draw
 */
function join(found, chains) {
  const points = []
  const edges = []
  for (const { name, points: chain } of found) {
    const how = chains[name]
    if (!how) continue
    const first = points.length
    points.push(...chain.map((point) => ({ name, ...point })))
    for (let index = first + 1; index < points.length; index++) edges.push([index - 1, index])
    if (how.closed && chain.length > 2) edges.push([points.length - 1, first])
  }
  return [points, edges]
}

function summary({ people, faces, bodies, hands }) {
  const lines = [words.counted(people.length, faces.length, hands.length)]
  for (const [index, face] of faces.entries()) {
    const sure = face.emotion && face.emotion.score >= leastEmotionScore
    const seen = [...(sure ? [words.emotions[face.emotion.emotion]] : []), ...sayGestures(face.gestures)]
    if (seen.length > 0) lines.push(words.line(words.face, index + 1, seen))
  }
  for (const [index, body] of bodies.entries()) {
    const seen = sayGestures(body.gestures)
    if (seen.length > 0) lines.push(words.line(words.body, index + 1, seen))
  }
  return lines.join('\n')
}

const round = (value, digits) => Number(value.toFixed(digits))
