import type { Json } from '@vitrine/contract'
import type { Component } from 'vue'
import type { Layer } from './picture/layer.ts'
import type { Read } from './read-data.ts'

/**
 * How one kind of result is shown: by a component of its own, loaded when first needed, with the props
 * `{ data, input, name }` (data already checked against the contract's schema of the kind); or as a layer
 * that is drawn together with others on the picture that was the input.
 */
export type Viewer =
  | { kind: string; load: () => Promise<{ default: Component }> }
  | { kind: string; layer: (name: string, data: Json) => Promise<Read<Layer>> }
