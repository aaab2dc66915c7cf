import type { Output, Run } from '@vitrine/contract'

let made = 0

/** A finished run for tests. It has one prediction with these outputs. */
export const runWith = (
  parts: { outputs?: Output[]; seconds?: number; predictSeconds?: number } & Partial<Run>,
): Run => {
  const { outputs = [], seconds = 1, predictSeconds, ...rest } = parts
  made += 1
  const start = Date.parse('2026-01-02T00:00:00Z')
  return {
    id: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    service_id: 'one',
    release: 1,
    commit: null,
    status: 'succeeded',
    progress: 1,
    progress_message: null,
    input_data: ['hello'],
    parameters: {},
    result: {
      status: 'succeeded',
      predictions: [{ index: 0, status: 'succeeded', outputs }],
      metrics: predictSeconds === undefined ? {} : { predict_time: predictSeconds },
      logs: '',
    },
    error: null,
    unkept_files: [],
    logs: '',
    created_by: 'tester',
    created_at: new Date(start).toISOString(),
    started_at: new Date(start).toISOString(),
    finished_at: new Date(start + seconds * 1000).toISOString(),
    ...rest,
  }
}
