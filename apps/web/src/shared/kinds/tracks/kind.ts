import { isJsonObject } from '../../json-object.ts'
import { assetIdOf } from '../../player/playable.ts'
import { defineKind } from '../define-kind.ts'

/** `tracks`: boxes, trails and names over the video, exact to the frame. */
const tracks = defineKind('tracks', {
  show: { component: () => import('./TracksResult.vue') },
  say: (data, say) => ({
    ...data,
    tracks: data.tracks.map((track) => ({ ...track, label: say(track.label) })),
  }),
  played: true,
  frameRate: (data) => (isJsonObject(data) && typeof data.fps === 'number' ? data.fps : null),
  cover: {
    props: (data, input, { address }) => {
      const video = assetIdOf(input)
      return video === null || data.tracks.length === 0 ? null : { poster: address(video, 'poster'), data }
    },
    component: () => import('./TracksCover.vue'),
  },
  rows: (data) =>
    data.tracks.flatMap(({ id, label, frames }) =>
      frames.map(([frame = 0, x = 0, y = 0, width = 0, height = 0, confidence]) => ({
        track: id,
        label,
        frame,
        score: confidence ?? null,
        xmin: x,
        ymin: y,
        xmax: x + width,
        ymax: y + height,
      })),
    ),
  measure: (data) => ({ unit: 'count', value: data.tracks.length }),
  difference: {
    compare: async (base, other) => (await import('./compare-tracks.ts')).compareTracks(base, other),
    component: () => import('./TracksDifference.vue'),
  },
  drawing: { motif: 'frames', words: ['track'] },
  report: () => import('./report.ts'),
  example: () => import('./example.ts'),
})

export default tracks

declare module '../kind.ts' {
  interface WrittenKinds {
    tracks: typeof tracks
  }
}
