import type { ResultData } from '@vitrine/contract/results'
import { firstMedia, type AssetAddress } from '../../viewers/media-source.ts'
import { defineKind } from '../define-kind.ts'
import type { DepthFacts } from './facts.ts'

type Data = ResultData<'depth'>

/** The summary of a map. Null if it cannot be read. The code that reads maps is loaded on demand. */
const factsOf = async (data: Data, address: AssetAddress): Promise<DepthFacts | null> => {
  const [{ depthOrNull }, { depthFacts }] = await Promise.all([
    import('./read-depth.ts'),
    import('./facts.ts'),
  ])
  const map = await depthOrNull(data, address)
  return map && depthFacts(map)
}

/** `depth`: a depth map over its picture. */
const depth = defineKind('depth', {
  show: { component: () => import('./DepthResult.vue') },
  say: (data, say) => (data.unit === undefined ? data : { ...data, unit: say(data.unit) }),
  cover: {
    props: (data, input, { address }) => ({ data, picture: firstMedia(input, address)?.url ?? null }),
    component: () => import('./DepthCover.vue'),
  },
  rows: async (data, { address }) => {
    const facts = await factsOf(data, address)
    const unit = data.unit === undefined ? '' : ` (${data.unit})`
    return facts === null
      ? null
      : [
          { label: `nearest${unit}`, value: facts.nearest },
          { label: `farthest${unit}`, value: facts.farthest },
          { label: `mean${unit}`, value: facts.mean },
          { label: `median${unit}`, value: facts.median },
          { label: 'share of pixels with a value', value: facts.share },
        ]
  },
  measure: async (data, { address }) => {
    const median = (await factsOf(data, address))?.median ?? null
    if (median === null) return null
    const measure = { unit: 'value' as const, value: Number(median.toPrecision(4)) }
    return data.unit === undefined ? measure : { ...measure, suffix: data.unit }
  },
  difference: {
    compare: async (base, other, { address }) => {
      const [{ depthOrNull }, { compareDepth }] = await Promise.all([
        import('./read-depth.ts'),
        import('./compare-depth.ts'),
      ])
      const maps = await Promise.all([depthOrNull(base, address), depthOrNull(other, address)])
      return maps[0] === null || maps[1] === null ? null : compareDepth(maps[0], maps[1])
    },
    component: () => import('./DepthDifference.vue'),
  },
  drawing: { motif: 'frames', words: ['depth'] },
  example: () => import('./example.ts'),
})

export default depth

declare module '../kind.ts' {
  interface WrittenKinds {
    depth: typeof depth
  }
}
