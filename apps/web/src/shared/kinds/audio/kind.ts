import { defineKind } from '../define-kind.ts'

/** `audio`: a player. */
const audio = defineKind('audio', {
  show: { component: () => import('../../viewers/PlayedResult.vue') },
  played: true,
  // Bytes elsewhere: there is nothing in them to compare.
  difference: 'none',
  example: () => import('./example.ts'),
})

export default audio

declare module '../kind.ts' {
  interface WrittenKinds {
    audio: typeof audio
  }
}
