import { Buffer } from 'node:buffer'
import type { PackageFiles } from '../support/api-client.ts'

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'))

/** A model of ONNX: `y = 2 · x₀ + 3 · x₁` for `x` of the shape [N, 2]. */
export const linearModel: PackageFiles = {
  'model.onnx': bytes(
    'CAg6VwoRCgF4CgF3EgF5IgZNYXRNdWwSAWcqEwgCCAEQASIIAAAAQAAAQEBCAXdaFAoBeBIPCg0IARIJCgMSAU4KAggCYhQKAXkSDwoNCAESCQoDEgFOCgIIAUIECgAQEQ==',
  ),
}

/** A model of ONNX that tells whether a picture is red, green or blue: the mean of each channel of [N, 3, 32, 32]. */
export const colourModel: PackageFiles = {
  'model.onnx': bytes(
    'CAg6dQodCgVpbWFnZRIBcCIRR2xvYmFsQXZlcmFnZVBvb2wKFAoBcBIGc2NvcmVzIgdGbGF0dGVuEgFnWiAKBWltYWdlEhcKFQgBEhEKAxIBTgoCCAMKAgggCgIIIGIZCgZzY29yZXMSDwoNCAESCQoDEgFOCgIIA0IECgAQEXIqCgVuYW1lcxIhezA6ICdyZWQnLCAxOiAnZ3JlZW4nLCAyOiAnYmx1ZSd9',
  ),
}

/** A picture of one red pixel, as PNG. */
export const redPixel = bytes(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
)
