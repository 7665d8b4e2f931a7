/** The pages' own styles, named by the page they stand in (build.ts). */
export async function loadStyle(): Promise<void> {
  const href = document.querySelector<HTMLMetaElement>('meta[name=admin-style]')!.content
  if (document.querySelector(`link[href="${href}"]`) !== null) return
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  const loaded = new Promise((resolve, reject) => {
    link.onload = resolve
    link.onerror = reject
  })
  link.href = href
  document.head.append(link)
  await loaded
}
