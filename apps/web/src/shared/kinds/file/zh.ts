export default {
  name: '文件',
  save: '下载文件（{mime}）',
}
