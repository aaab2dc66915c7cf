export default {
  name: '表格',
  measure: '{name}（行）',
}
