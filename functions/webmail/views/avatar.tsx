/** The first letters of a name on a colour that is always the same for an address. */
export function Avatar({ name, seed }: { name: string; seed: string }) {
  const words = name.split(' ').filter((word) => word !== '')
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
  let hue = 0
  for (const character of seed.toLowerCase()) hue = (hue * 31 + character.codePointAt(0)!) % 12
  return (
    <span class="avatar" data-hue={hue} aria-hidden="true">
      {letters.toUpperCase() || '?'}
    </span>
  )
}
