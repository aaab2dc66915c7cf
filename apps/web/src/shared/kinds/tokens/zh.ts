export default {
  name: '文中标注',
  task: {
    'token-classification': '文本标注',
  },
  nothing_marked: '没有在文中找到要标注的内容。',
}
