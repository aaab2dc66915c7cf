export default {
  name: '数据',
}
