export default {
  name: '文字记录',
  task: {
    'automatic-speech-recognition': '语音识别',
  },
  word_score: '置信度 {percent}%',
  words: '文字，点击可播放',
  recording: '录音',
  search: '在文字中查找',
  hit_of: '{hit} / {count}',
  hit_before: '上一处',
  hit_after: '下一处',
  copy: '复制文字',
  save_subtitles: '保存字幕',
  nothing_heard: '没有识别出文字。',
}
