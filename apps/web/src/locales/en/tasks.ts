import type { TaskStep, TaskWord } from '@vitrine/contract'

export default {
  retry: 'Try again',
  retry_older: 'Deploy the code of release #{release} again?',
  retry_older_text:
    'A newer release, #{serving}, serves now. Trying again deploys the code of release #{release}, which then replaces the newer code.',
  retry_older_do: 'Deploy the older code',
  missing: 'Task not found',
  empty: 'No tasks yet',
  empty_text: 'Every deploy, start and stop of this service is recorded here.',
  what: 'Task',
  state: 'State',
  by: 'Started by',
  when: 'When',
  took: 'Duration',
  kind: {
    deploy: 'Deploy',
    start: 'Start',
    stop: 'Stop',
    restart: 'Restart',
    delete: 'Delete',
    rollback: 'Roll back',
    adjust: 'Change settings',
    sleep: 'Sleep',
    wake: 'Wake',
    batch: 'Batch operation',
    switch: 'Change gateway',
    process: 'Process media',
  } satisfies Record<TaskWord, string>,
  states: {
    queued: 'Waiting',
    running: 'Running',
    succeeded: 'Succeeded',
    failed: 'Failed',
    cancelled: 'Cancelled',
    skipped: 'Skipped',
  } satisfies Record<TaskStep['state'], string>,
}
