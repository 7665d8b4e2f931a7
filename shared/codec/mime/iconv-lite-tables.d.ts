declare module 'iconv-lite/encodings/sbcs-data.js' {
  const data: Readonly<Record<string, string | { chars: string }>>
  export default data
}

declare module 'iconv-lite/encodings/sbcs-data-generated.js' {
  const data: Readonly<Record<string, string | { chars: string }>>
  export default data
}
