export default {
  name: '分类',
  task: {
    'text-classification': '文本分类',
    'image-classification': '图像分类',
    'audio-classification': '音频分类',
    'video-classification': '视频分类',
  },
  no_labels: '算法没有返回任何类别。',
  show_all: '显示全部 {count} 项',
  show_less: '收起',
  new: '新增',
  gone: '不再出现',
  risen: '上升 {count} 位',
  fallen: '下降 {count} 位',
}
