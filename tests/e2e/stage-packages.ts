import type { PackageFiles } from '../support/api-client.ts'

/** The most characters that the algorithm for texts takes. */
export const most = 20_000
/** A picture by its name alone. */
export const broken = {
  name: 'broken.png',
  mimeType: 'image/png',
  buffer: Buffer.from('this is no picture at all'),
}
/** A file that is no picture. */
export const paper = {
  name: 'paper.pdf',
  mimeType: 'application/pdf',
  buffer: Buffer.from('%PDF-1.4 a paper'),
}

/** Returns the size of a picture. */
export const looking: PackageFiles = {
  'ai_algorithm.py': `
import os

class Algorithm:
    def predict(self, input_data, **parameters):
        return [{"kind": "number", "data": {"value": os.path.getsize(e)}} for e in input_data]
`,
  'algorithm.yaml':
    'name: 看图\ninput: { type: string, x-kind: image }\nparameters: { properties: { size: { type: integer, default: 3 } } }\n',
}
/** Returns the length of a text. For the text \`wait\` only once the file \`until\` exists. */
export const reading = (until: string): PackageFiles => ({
  'ai_algorithm.py': `
import os, time, vitrine

class Algorithm:
    def predict(self, input_data, **parameters):
        for element in input_data:
            vitrine.progress(0.4, "reading")
            while element == "wait" and not os.path.exists(${JSON.stringify(until)}):
                time.sleep(0.02)
            yield {"kind": "number", "data": {"value": len(element)}}
`,
  'algorithm.yaml': `name: 读文\ninput: { type: string, maxLength: ${most} }\n`,
})
