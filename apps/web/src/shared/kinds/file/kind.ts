import { fileEnding } from '../../covers/file-ending.ts'
import { defineKind } from '../define-kind.ts'

/** `file`: a link to download it. */
const file = defineKind('file', {
  show: { component: () => import('./FileResult.vue') },
  cover: {
    asLast: true,
    props: ({ mime }) => ({ sign: 'paper' as const, title: fileEnding(mime), text: mime }),
    component: () => import('../../covers/SignCover.vue'),
  },
  // The bytes are in another place, so there is nothing to compare here.
  difference: 'none',
  example: () => import('./example.ts'),
})

export default file

declare module '../kind.ts' {
  interface WrittenKinds {
    file: typeof file
  }
}
