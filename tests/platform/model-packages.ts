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

/** A model of MLflow as MLflow saves it, with code of its own: the sum of a weight for each column, times a parameter. */
export const weightedModel: PackageFiles = {
  MLmodel: `flavors:
  python_function:
    code: code
    data: data/weights.json
    loader_module: linear
    streamable: false
mlflow_version: 3.17.2
model_uuid: 38b70b5b1b4b4eb7b80ad0aae2aa1216
signature:
  inputs: '[{"type": "double", "name": "width", "required": true}, {"type": "double",
    "name": "height", "required": true}]'
  outputs: '[{"type": "double", "name": "area", "required": true}]'
  params: '[{"name": "scale", "default": 1.0, "shape": null, "type": "double"}]'
`,
  'requirements.txt': 'mlflow-skinny==3.17.2\npandas\nnumpy\n',
  'data/weights.json': '{"width": 2.0, "height": 3.0}\n',
  'code/linear.py': `import json


class Linear:
    def __init__(self, weights):
        self.weights = weights

    def predict(self, table, params=None):
        scale = (params or {}).get("scale", 1.0)
        return sum(table[name] * weight for name, weight in self.weights.items()) * scale


def _load_pyfunc(path):
    with open(path) as file:
        return Linear(json.load(file))
`,
}

/** A picture of one red pixel, as PNG. */
export const redPixel = bytes(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
)
