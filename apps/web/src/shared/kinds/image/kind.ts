import { defineKind } from '../define-kind.ts'

/** `image`: a picture. */
const image = defineKind('image', {
  show: { component: () => import('./ImageResult.vue') },
  // Bytes elsewhere: there is nothing in them to compare.
  difference: 'none',
  example: () => import('./example.ts'),
})

export default image

declare module '../kind.ts' {
  interface WrittenKinds {
    image: typeof image
  }
}
