import type { PackageFiles } from '../support/api-client.ts'

/** Requests that are in one batch at most, and how long one waits for others, in ms. */
const batch = { size: 32, waitMs: 2 }

/** What each example computes for a text: additions, which a batch makes once. About two milliseconds, or nothing. */
const work = (cost: number) => `def work(texts):
    total = 0
    for number in range(${cost}):
        total += number
    return [len(text) for text in texts]
`

const liteServe = (cost: number, batched: boolean) => `import os
import litserve as ls

${work(cost)}

class Words(ls.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        return request["text"]

    def predict(self, x):
        return work(x) if isinstance(x, list) else work([x])[0]

    def encode_response(self, output):
        return {"length": output}


if __name__ == "__main__":
    api = Words(${batched ? `max_batch_size=${batch.size}, batch_timeout=${batch.waitMs / 1000}` : ''})
    server = ls.LitServer(api, accelerator="cpu")
    server.run(port=int(os.environ["PORT"]), host=os.environ["HOST"], generate_client_file=False, log_level="warning")
`

const bentoMl = (cost: number, batched: boolean) =>
  `import bentoml

${work(cost)}

@bentoml.service(traffic={"timeout": 60})
class Words:
${
  batched
    ? `    @bentoml.api(batchable=True, max_batch_size=${batch.size}, max_latency_ms=1000)
    def predict(self, text: list[str]) -> list[int]:
        return work(text)
`
    : `    @bentoml.api
    def predict(self, text: str) -> int:
        return work([text])[0]
`
}`

const gradioApp = `import gradio as gr

${work(0)}

def predict(text):
    return work([text])[0]


with gr.Blocks() as demo:
    text, length, button = gr.Textbox(), gr.Number(), gr.Button()
    button.click(predict, text, length, api_name="predict", queue=False)

if __name__ == "__main__":
    demo.launch()
`

const ownAlgorithm = (cost: number) => `${work(cost)}

class Algorithm:
    def predict(self, input_data):
        return work([each["text"] for each in input_data])
`

const pinned = { gradio: 'gradio==6.31.0', bentoml: 'bentoml==1.4.40', litserve: 'litserve==0.2.19' }

/** An example for a server, how it is asked, and how its own server is started in its folder. */
export type Example = {
  id: string
  files: PackageFiles
  path: string
  body: string
  /** The arguments of Python, with the address in `HOST` and `PORT`. Null for the runtime of the platform. */
  own: ((port: number) => string[]) | null
  env?: (port: number) => Record<string, string>
}

const text = '这是一个测试文本'
const costOfCall = 150_000

const examplesAt = (cost: number, batched: boolean): Record<'litserve' | 'bentoml' | 'runtime', Example> => {
  const kind = batched ? '-batched' : ''
  const body = JSON.stringify({ text })
  const manifest = `batch: {max_size: ${batched ? batch.size : 1}, max_wait_ms: ${batch.waitMs}}\n`
  return {
    litserve: {
      id: `litserve${kind}`,
      files: { 'server.py': liteServe(cost, batched), 'requirements.txt': `${pinned.litserve}\n` },
      path: '/predict',
      body,
      own: () => ['server.py'],
    },
    bentoml: {
      id: `bentoml${kind}`,
      files: { 'service.py': bentoMl(cost, batched), 'requirements.txt': `${pinned.bentoml}\n` },
      path: '/predict',
      // A batch of BentoML is joined of lists, one of each request.
      body: batched ? JSON.stringify({ text: [text] }) : body,
      own: (port) => [
        '-m',
        'bentoml',
        'serve',
        'service:Words',
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
      ],
    },
    runtime: {
      id: `runtime${kind}`,
      files: { 'ai_algorithm.py': ownAlgorithm(cost), 'algorithm.yaml': manifest },
      path: '/predict',
      body: JSON.stringify({ input_data: [{ text }] }),
      own: null,
    },
  }
}

/** The examples without batches, and those that join requests because a call costs time. */
export const examples = {
  single: examplesAt(0, false),
  batched: examplesAt(costOfCall, true),
  gradio: {
    id: 'gradio',
    files: { 'app.py': gradioApp, 'requirements.txt': `${pinned.gradio}\n` },
    path: '/gradio_api/run/predict',
    body: JSON.stringify({ data: [text] }),
    own: () => ['app.py'],
    env: (port: number) => ({
      GRADIO_SERVER_NAME: '127.0.0.1',
      GRADIO_SERVER_PORT: String(port),
      GRADIO_ANALYTICS_ENABLED: 'False',
    }),
  } satisfies Example,
}
