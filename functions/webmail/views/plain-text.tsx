import { useMemo } from 'preact/hooks'
import { composeMailto } from '../state/begin-draft.ts'
import { type Block, blocksOf, type Piece } from '../text/plain-text.ts'

const RAILS = 4

/** A plain text body: links work, quotes stand apart. */
export function PlainText({ text }: { text: string }) {
  const blocks = useMemo(() => blocksOf(text), [text])
  return (
    <div class="plain-text" dir="auto">
      {blocks.map((block, at) => (
        <TextBlock key={String(at)} block={block} />
      ))}
    </div>
  )
}

function TextBlock({ block: { level, lines } }: { block: Block }) {
  const content = lines.map((pieces, at) => (
    <div key={String(at)} dir="auto">
      {pieces.map((piece, index) => (
        <TextPiece key={String(index)} piece={piece} />
      ))}
    </div>
  ))
  return level === 0 ? <div>{content}</div> : <blockquote data-level={Math.min(level, RAILS)}>{content}</blockquote>
}

function TextPiece({ piece }: { piece: Piece }) {
  if (!('href' in piece)) return <>{piece.text === '' ? <br /> : piece.text}</>
  const { href, text } = piece
  if (href.toLowerCase().startsWith('mailto:')) {
    const write = (event: Event) => {
      event.preventDefault()
      composeMailto(href)
    }
    return (
      <a href={href} onClick={write}>
        {text}
      </a>
    )
  }
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  )
}
