import { resultMediaUrl } from '../../viewers/media-source.ts'
import { defineKind } from '../define-kind.ts'

/** `video`: a player. */
const video = defineKind('video', {
  show: { component: () => import('../../viewers/PlayedResult.vue') },
  played: true,
  cover: {
    props: ({ url }, _input, { address }) => {
      const from = resultMediaUrl(url, address)
      return from === null ? null : { video: from }
    },
    component: () => import('./VideoCover.vue'),
  },
  file: ({ url }, { address }) => resultMediaUrl(url, address),
  // The bytes are in another place, so there is nothing to compare here.
  difference: 'none',
  example: () => import('./example.ts'),
})

export default video

declare module '../kind.ts' {
  interface WrittenKinds {
    video: typeof video
  }
}
