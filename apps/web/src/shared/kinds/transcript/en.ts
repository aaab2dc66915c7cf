export default {
  name: 'Transcript',
  task: {
    'automatic-speech-recognition': 'Speech recognition',
  },
  word_score: 'Confidence {percent}%',
  words: 'Transcript; click a word to play it',
  recording: 'Recording',
  search: 'Search the transcript',
  hit_of: '{hit} of {count}',
  hit_before: 'Previous match',
  hit_after: 'Next match',
  copy: 'Copy the text',
  save_subtitles: 'Save subtitles',
  nothing_heard: 'No speech was recognised.',
}
