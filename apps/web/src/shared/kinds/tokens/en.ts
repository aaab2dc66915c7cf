export default {
  name: 'Marked in the text',
  task: {
    'token-classification': 'Text tagging',
  },
  nothing_marked: 'Nothing to mark was found in the text.',
}
