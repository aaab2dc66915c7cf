import { z } from 'zod'
import { boxIn, boxName, memberOf, scoredIn, scoredNames } from './foreign.ts'
import { box, label, score } from './parts.ts'
import { resultKind } from './result-kind.ts'

/** Objects in a picture, each with its box. */
export const detection = resultKind({
  data: z.array(z.object({ label, score, box })),
  foreign: {
    members: ['label', 'score', 'box'],
    read: (value, names) =>
      scoredIn(value, { ...names, label: names.label ?? '' }).map(({ from, ...each }) => ({
        label: each.label,
        score: each.score,
        box: boxIn(names.box ? memberOf(from, names.box) : from, names.corners) ?? null,
      })),
    suggest(value) {
      const name = boxName(value)
      if (name === undefined) return null
      return { ...scoredNames(value), box: name, corners: name === 'xywh' ? 'xywh' : 'xyxy' }
    },
    rank: 1,
  },
  drawnOnInput: true,
  task: 'object-detection',
})
