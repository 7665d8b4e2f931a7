import { useEffect, useRef, useState } from 'preact/hooks'
import type { Counts } from './types.ts'
import { inWords, type Measure } from './usage-measures.ts'

const HEIGHT = 220
const LEFT = 64
const BOTTOM = 24
const TOP = 10
const LINES = 4
const LABEL_WIDTH = 90

interface UsagePlotProps {
  days: readonly { date: string; totals: Counts }[]
  measure: Measure
}

/** A bar a day. The same as a table is for everybody: numbers are read off it, and by screen readers. */
export function UsagePlot({ days, measure }: UsagePlotProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(720)
  useEffect(() => {
    // Drawn at the size it has, so that its words have the size of all others.
    const observer = new ResizeObserver(([entry]) => setWidth(Math.max(240, Math.round(entry!.contentRect.width))))
    observer.observe(frame.current!)
    return () => observer.disconnect()
  }, [])
  const values = days.map(({ totals }) => totals[measure.id] ?? 0)
  const top = niceTop(Math.max(...values, 0), measure)
  const step = (width - LEFT) / Math.max(days.length, 1)
  const heightOf = (value: number) => (value / top) * (HEIGHT - BOTTOM - TOP)
  const every = Math.ceil(days.length / Math.floor((width - LEFT) / LABEL_WIDTH))
  return (
    <div ref={frame}>
      <svg class="plot" viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true" focusable="false">
        {Array.from({ length: LINES + 1 }, (_, line) => {
          const value = (top * line) / LINES
          const y = HEIGHT - BOTTOM - heightOf(value)
          return (
            <g key={line}>
              <line x1={LEFT} x2={width} y1={y} y2={y} />
              <text x={LEFT - 8} y={y + 4} text-anchor="end">
                {inWords(measure, value)}
              </text>
            </g>
          )
        })}
        {days.map(({ date }, at) => (
          <g key={date}>
            <rect
              x={LEFT + at * step + step * 0.15}
              y={HEIGHT - BOTTOM - heightOf(values[at]!)}
              width={Math.max(1, step * 0.7)}
              height={heightOf(values[at]!)}
              rx={Math.min(3, step * 0.2)}
            >
              <title>{`${date}: ${inWords(measure, values[at]!)}`}</title>
            </rect>
            {at % every === 0 && (
              <text x={LEFT + at * step + step / 2} y={HEIGHT - 6} text-anchor={at === 0 ? 'start' : 'middle'}>
                {date.slice(5)}
              </text>
            )}
          </g>
        ))}
      </svg>
      <details>
        <summary>The same as a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col" class="number">
                {measure.name}
              </th>
            </tr>
          </thead>
          <tbody>
            {days.map(({ date }, at) => (
              <tr key={date}>
                <th scope="row">{date}</th>
                <td class="number">{inWords(measure, values[at]!)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  )
}

/** A number above all bars that four lines share evenly. */
function niceTop(most: number, { kind }: Measure): number {
  if (most <= 0) return kind === 'dollars' ? 1 : LINES
  const power = 10 ** Math.floor(Math.log10(most))
  const top = [1, 2, 4, 5, 8, 10].map((factor) => factor * power).find((each) => each >= most)!
  return kind === 'dollars' ? top : Math.ceil(top / LINES) * LINES
}
