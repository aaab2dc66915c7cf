export default {
  empty: 'No tasks yet',
  empty_text: 'Deploying, starting and stopping this service is recorded here.',
  what: 'Task',
  state: 'State',
  by: 'By',
  when: 'When',
  took: 'Took',
  kind: {
    service: {
      deploy: 'Deploy',
      start: 'Start',
      stop: 'Stop',
      restart: 'Restart',
      delete: 'Delete',
      rollback: 'Roll back',
    },
  },
  states: {
    queued: 'Waiting',
    running: 'Under way',
    succeeded: 'Done',
    failed: 'Failed',
    cancelled: 'Cancelled',
    skipped: 'Skipped',
  },
}
