export default {
  name: 'Text annotations',
  task: {
    'token-classification': 'Text tagging',
  },
  nothing_marked: 'Nothing was found to mark in the text.',
}
