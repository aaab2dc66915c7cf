import { answerInThread } from './answer-in-thread.ts'

/** How long the thread is held without using the processor, as on a busy machine, in ms; null: it works for ever. */
export type Hold = number | null

answerInThread<Hold, 'done'>((ms) => {
  if (ms === null) for (;;);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  return 'done'
})
