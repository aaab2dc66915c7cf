import { resultMediaUrl } from '../../viewers/media-source.ts'
import { defineKind } from '../define-kind.ts'

/** `image`: a picture. */
const image = defineKind('image', {
  show: { component: () => import('./ImageResult.vue') },
  cover: {
    props: ({ url }, _input, { address }) => {
      const picture = resultMediaUrl(url, address)
      return picture === null ? null : { picture }
    },
    component: () => import('../../covers/PictureCover.vue'),
  },
  file: ({ url }, { address }) => resultMediaUrl(url, address),
  // The bytes are in another place, so there is nothing to compare here.
  difference: 'none',
  example: () => import('./example.ts'),
})

export default image

declare module '../kind.ts' {
  interface WrittenKinds {
    image: typeof image
  }
}
