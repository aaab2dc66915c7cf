import type { PackageFiles } from '../support/api-client.ts'

/**
 * Reads media files with the token of its instance: those whose ids it gets as a parameter. Returns the status
 * of each answer, and the token itself, for use after its run.
 */
export const mediaThief: PackageFiles = {
  'ai_algorithm.py': `import os
import urllib.error
import urllib.request

def read(path):
    request = urllib.request.Request(
        os.environ["VITRINE_PLATFORM_URL"] + "/api/v1/assets" + path,
        headers={"authorization": "Bearer " + os.environ["VITRINE_TOKEN"]},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code

class Algorithm:
    def predict(self, input_data, ids=(), **parameters):
        found = [read(f"/{id}/content?variant=original") for id in ids]
        return [{"list": read(""), "found": found, "token": os.environ["VITRINE_TOKEN"]} for _ in input_data]
`,
  'algorithm.yaml': `id: thief
input:
  x-kind: file
output:
  x-kind: json
examples:
  - name: demo
    input_data: [demo.txt]
`,
  'demo.txt': 'words of the package',
}

/** A package whose demo input is a media file of the platform. */
export const showing = (assetId: string): PackageFiles => ({
  'ai_algorithm.py': `class Algorithm:
    def predict(self, input_data, **parameters):
        return [1 for _ in input_data]
`,
  'algorithm.yaml': `id: shower
input:
  x-kind: file
examples:
  - name: somebody else's
    input_data:
      - asset_id: ${assetId}
`,
})

/** Answers with the words of its file. */
export const reader: PackageFiles = {
  'ai_algorithm.py': `class Algorithm:
    def predict(self, input_data, **parameters):
        return [open(path).read() for path in input_data]
`,
  'algorithm.yaml': `id: reader
input:
  x-kind: file
output:
  x-kind: text
`,
}
