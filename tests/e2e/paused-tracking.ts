import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asset, comparisonEndpoints } from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { multipart } from '../support/multipart.ts'

/**
 * Reports the place of a square in the first ten frames, then waits for the file `until` before it reports
 * the rest.
 */
export const pausedTracking: PackageFiles = {
  'ai_algorithm.py': `
import os, time, vitrine

def tracks(until, step):
    rows = [[frame, 20 + frame * step, 30, 60, 80, 0.9] for frame in range(until)]
    return {"kind": "tracks", "data": {"fps": 25, "frame_count": 100, "width": 320, "height": 180,
        "tracks": [{"id": 1, "label": "square", "frames": rows}]}}

class Algorithm:
    def predict(self, input_data, **parameters):
        for element in input_data:
            vitrine.progress(0.1, "held at frame 10")
            yield tracks(10, parameters["step"])
            while not os.path.exists(parameters["until"]):
                time.sleep(0.02)
            yield tracks(100, parameters["step"])
`,
  'algorithm.yaml': `
name: 跟踪
concurrency: 2
input: { type: string, x-kind: video }
parameters: { type: object, properties: { until: { type: string }, step: { type: integer } } }
`,
}

/** Writes four seconds of a test picture as a video that browsers play (with Debian's ffmpeg). */
export const makeTestVideo = (file: string): Promise<void> =>
  ffmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25', '-t', '4', '-c:v', 'libx264'],
    ...['-pix_fmt', 'yuv420p', '-movflags', '+faststart', file],
  )

/** Makes the test video in `folder` and uploads it. Resolves with its id and its file, once it can be played. */
export const uploadTestVideo = async (
  caller: ApiClient,
  folder: string,
): Promise<{ assetId: string; file: string }> => {
  const file = join(folder, 'street.mp4')
  await makeTestVideo(file)
  const media = { name: 'street.mp4', bytes: new Uint8Array(await readFile(file)) }
  const kept = await caller.call('POST', '/assets', asset, { form: await multipart({ media }) })
  // Before that it has no picture, and a page that requests it logs an error to the console.
  const isReady = async () => (await caller.get(`/assets/${kept.id}`, asset)).status === 'ready'
  if (!(await waitFor(isReady, { timeoutMs: 60_000, slowingToMs: 250 })))
    throw new Error('the video is not worked on')
  return { assetId: kept.id, file }
}

/**
 * Starts two runs of `paused-tracking` on a video, which continue until the file `until` exists. The video is
 * made in `folder`. Resolves with the comparison's id.
 */
export const comparePaused = async (
  caller: ApiClient,
  { folder, until }: { folder: string; until: string },
): Promise<string> => {
  const { assetId } = await uploadTestVideo(caller, folder)
  const targets = [1, 2].map((step) => ({ service_id: 'paused-tracking', parameters: { until, step } }))
  const { response } = comparisonEndpoints['POST /comparisons']
  return (await caller.post('/comparisons', response, { input: { asset_id: assetId }, targets }))
    .comparison_id
}
