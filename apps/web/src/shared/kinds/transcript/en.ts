export default {
  name: 'Transcript',
  task: {
    'automatic-speech-recognition': 'Speech recognition',
  },
  word_score: 'Confidence {percent}%',
  words: 'Words; press one to hear it',
  recording: 'Recording',
  search: 'Search the words',
  hit_of: '{hit} of {count}',
  hit_before: 'Previous match',
  hit_after: 'Next match',
  copy: 'Copy the text',
  save_subtitles: 'Save subtitles',
  nothing_heard: 'No words were recognised.',
}
