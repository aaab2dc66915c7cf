import { defineKind } from '../define-kind.ts'

/** `audio`: a player. */
const audio = defineKind('audio', {
  show: { component: () => import('../../viewers/PlayedResult.vue') },
  played: true,
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
