export default {
  name: '文件',
  save: '保存文件（{mime}）',
}
