import type { Road } from '../road.ts'
import { arriveRoad } from './arrive.ts'
import { keepRoad } from './keep.ts'

export const ROADS: readonly Road[] = [arriveRoad, keepRoad]
