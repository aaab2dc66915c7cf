export default {
  name: '音频',
}
