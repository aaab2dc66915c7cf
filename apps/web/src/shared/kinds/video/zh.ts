export default {
  name: '视频',
}
