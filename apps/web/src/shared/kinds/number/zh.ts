export default {
  name: '数值',
}
