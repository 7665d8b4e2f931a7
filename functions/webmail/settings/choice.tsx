import type { Signal } from '@preact/signals'

interface ChoiceProps<T extends string> {
  legend: string
  of: Signal<T>
  values: readonly T[]
  names: Readonly<Record<string, string>>
}

/** One of few. */
export function Choice<T extends string>({ legend, of, values, names }: ChoiceProps<T>) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {values.map((value) => (
        <label key={value} class="check">
          <input type="radio" name={legend} checked={of.value === value} onChange={() => (of.value = value)} />
          <span>{names[value]}</span>
        </label>
      ))}
    </fieldset>
  )
}
