import { fileEnding } from '../../covers/file-ending.ts'
import { clockText } from '../../player/frames.ts'
import { resultMediaUrl } from '../../viewers/media-source.ts'
import { defineKind } from '../define-kind.ts'

/** `audio`: a player. */
const audio = defineKind('audio', {
  show: { component: () => import('../../viewers/PlayedResult.vue') },
  played: true,
  cover: {
    asLast: true,
    props: ({ mime, duration_s: seconds }) => ({
      sign: 'sound' as const,
      title: seconds === undefined ? fileEnding(mime) : clockText(seconds),
      text: seconds === undefined ? '' : fileEnding(mime),
    }),
    component: () => import('../../covers/SignCover.vue'),
  },
  file: ({ url }, { address }) => resultMediaUrl(url, address),
  // The bytes are in another place, so there is nothing to compare here.
  difference: 'none',
  example: () => import('./example.ts'),
})

export default audio

declare module '../kind.ts' {
  interface WrittenKinds {
    audio: typeof audio
  }
}
