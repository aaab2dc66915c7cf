export default {
  status: {
    queued: 'Waiting',
    running: 'Running',
    succeeded: 'Done',
    partial: 'Partly failed',
    failed: 'Failed',
    cancelled: 'Cancelled',
  },
  progress: 'Progress',
  cancel: 'Cancel',
  again: 'Run again',
  history: 'Earlier runs',
  none: 'No runs yet',
  none_next: 'Choose an example and press “Run”: the result will be kept here.',
  more: 'Show more ({shown} / {count})',
  input_count: '{count} input | {count} inputs',
  error_code: 'Error code',
}
