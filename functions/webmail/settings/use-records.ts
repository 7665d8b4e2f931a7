import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../jmap/failure.ts'
import { getRecords, setRecords } from '../state/records.ts'

/** Records of a type for a page of the settings; `undefined` until they came. What fails is in words. */
export function useRecords<T>(type: string) {
  const [list, setList] = useState<T[]>()
  const [failure, setFailure] = useState<string>()
  const load = () => {
    setFailure(undefined)
    getRecords<T>(type).then(setList, (error) => setFailure(messageOf(error)))
  }
  useEffect(load, [])
  /** Answers what was made, or undefined where it failed. */
  const change = async (what: Parameters<typeof setRecords>[1]) => {
    setFailure(undefined)
    try {
      const done = await setRecords<T>(type, what)
      setList(done.list)
      return done.created
    } catch (error) {
      setFailure(messageOf(error))
      return undefined
    }
  }
  return { list, failure, load, change }
}
