export default {
  list: 'Uploads',
  progress_of: 'Upload of {name}',
  state: {
    waiting: 'Waiting',
    sending: 'Uploading, {percent}%',
    paused: 'Paused at {percent}%',
    storing: 'Checking the file',
    done: 'Uploaded',
  },
  resumed: 'resumed where it had stopped',
  pause: 'Pause',
  resume: 'Continue',
  retry: 'Try again',
  cancel: 'Cancel',
  dismiss: 'Remove',
  stored: '{n} file uploaded | {n} files uploaded',
  drop_of: 'Remove {name}',
}
