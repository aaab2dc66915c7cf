export default {
  name: '图片',
}
