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
  none_next: 'Choose an example and press Run: the result will be kept here.',
  more: 'Show more ({shown} / {count})',
  own_input: 'Own input',
  inputs: '{count} inputs',
  error_code: 'Error code',
  error: {
    run: {
      interrupted: 'The platform restarted during the run; please run it again.',
      instance_unreachable: 'The algorithm broke the connection ({cause}); run it again, or see its log.',
      answer_not_understood:
        'The algorithm’s answer is not in the agreed form (HTTP {http_status}); see its log.',
    },
  },
}
