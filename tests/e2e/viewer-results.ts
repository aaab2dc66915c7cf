import type { Json, Output } from '@vitrine/contract'

const words = 'go forward ten meters and turn left at the second door'.split(' ')
/** The words of a recording with their times. */
export const transcript: Output = {
  kind: 'transcript',
  data: {
    text: words.join(' '),
    language: 'en',
    chunks: words.map((text, place) => ({
      text,
      start: 0.5 + place * 0.5,
      end: 0.9 + place * 0.5,
      score: place % 4 === 3 ? 0.41 : 0.93,
    })),
  },
}
/** Six tracks through a video of 200 frames. */
export const tracks: Output = {
  kind: 'tracks',
  data: {
    fps: 25,
    frame_count: 200,
    width: 640,
    height: 360,
    tracks: Array.from({ length: 6 }, (_, id) => ({
      id: id + 1,
      label: id % 3 === 2 ? 'dog' : 'person',
      frames: [...Array(120).keys()].map((at) => [
        ...[at + id * 12, 30 + at * 4, 60 + id * 40 + Math.sin(at / 9) * 12, 44, 80, 0.45 + id / 12],
      ]),
    })),
  },
}
const square = (left: number): Json => {
  const rows = 48
  const counts: number[] = [left * rows]
  for (let column = 0; column < 14; column++) counts.push(...(column === 0 ? [] : [34]), 14)
  return { size: [rows, 64], counts: [...counts, (64 - left - 14) * rows + 34] }
}
/** A result of each kind that has a viewer, with its input. */
export const results: Record<string, { outputs: Output[]; input: Json }> = {
  tracks: { outputs: [tracks], input: { asset_id: 'video' } },
  transcript: { outputs: [transcript], input: { asset_id: 'sound' } },
  segmentation: {
    outputs: [
      {
        kind: 'segmentation',
        data: [
          { label: 'road', score: 0.94, mask: square(8) },
          { label: 'tree', score: 0.71, mask: square(38) },
        ],
      },
    ],
    input: { asset_id: 'picture' },
  },
  chart: {
    outputs: [
      {
        name: 'people',
        kind: 'chart',
        data: {
          type: 'line',
          x: { title: 'frame' },
          y: { title: 'people in sight' },
          series: ['fast', 'slow'].map((name, place) => ({
            name,
            points: Array.from({ length: 120 }, (_, x) => [x * 10, 6 + place + Math.sin(x / 8 + place) * 4]),
          })),
        },
      },
      {
        name: 'per class',
        kind: 'chart',
        data: {
          type: 'bar',
          series: [
            {
              name: 'count',
              points: [
                ['person', 12],
                ['dog', 3],
                ['bicycle', 7],
              ],
            },
          ],
        },
      },
      {
        name: 'size against speed',
        kind: 'chart',
        data: {
          type: 'scatter',
          series: [{ name: 'box', points: Array.from({ length: 60 }, (_, x) => [x * 1.3, (x * 37) % 50]) }],
        },
      },
    ],
    input: null,
  },
  markdown: {
    outputs: [
      {
        kind: 'markdown',
        data: '# Report\n\nFound **12 people** and `3` dogs.\n\n| class | count |\n|---|---|\n| person | 12 |\n| dog | 3 |\n\n> Measured on a test video.\n\n- first\n- second',
      },
    ],
    input: null,
  },
  table: {
    outputs: [
      {
        kind: 'table',
        data: {
          columns: [{ name: 'class' }, { name: 'count' }],
          rows: [
            ['person', 12],
            ['dog', 3],
            ['bicycle', null],
            ['car', 100],
          ],
        },
      },
      { kind: 'number', data: { value: 42.5, unit: 'km/h', min: 0, max: 120 } },
    ],
    input: null,
  },
  media: {
    outputs: [
      { name: 'picture', kind: 'image', data: { url: '/api/v1/assets/picture/content', mime: 'image/png' } },
      { name: 'video', kind: 'video', data: { url: '/api/v1/assets/video/content', mime: 'video/mp4' } },
      { name: 'sound', kind: 'audio', data: { url: '/api/v1/assets/sound/content', mime: 'audio/wav' } },
    ],
    input: null,
  },
  broken: {
    outputs: [
      { kind: 'tracks', data: { fps: 25, tracks: 'none' } },
      { kind: 'segmentation', data: [{ label: 'road', score: 1, mask: { size: [4, 4], counts: [3] } }] },
      { kind: 'hologram', data: { depth: 3 } },
    ],
    input: null,
  },
}
