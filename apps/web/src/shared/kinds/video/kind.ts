import { defineKind } from '../define-kind.ts'

/** `video`: a player. */
const video = defineKind('video', {
  show: { component: () => import('../../viewers/PlayedResult.vue') },
  played: true,
  // Bytes elsewhere: there is nothing in them to compare.
  difference: 'none',
  example: () => import('./example.ts'),
})

export default video

declare module '../kind.ts' {
  interface WrittenKinds {
    video: typeof video
  }
}
