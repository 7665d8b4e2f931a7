const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#039;': "'",
}

/** A snippet: text as HTML in which nothing is marked up but what was found (RFC 8621 §5). */
export function Marked({ text }: { text: string }) {
  return (
    <>
      {text.split('<mark>').map((piece, at) => {
        if (at === 0) return plain(piece)
        const [found = '', rest = ''] = piece.split('</mark>')
        return [<mark key={String(at)}>{plain(found)}</mark>, plain(rest)]
      })}
    </>
  )
}

function plain(html: string): string {
  return html.replace(/&(?:amp|lt|gt|quot|#0?39);/g, (entity) => ENTITIES[entity]!)
}
