import type { Road } from '../road.ts'
import { arriveRoad } from './arrive.ts'
import { forwardRoad } from './forward.ts'
import { holdRoad } from './hold.ts'
import { keepRoad } from './keep.ts'
import { namesRoad } from './names.ts'
import { popRoad } from './pop.ts'
import { rebuildRoad } from './rebuild.ts'
import { rulesRoad } from './rules.ts'
import { submitRoad } from './submit.ts'
import { upkeepRoad } from './upkeep.ts'
import { vacationRoad } from './vacation.ts'

export const ROADS: readonly Road[] = [
  arriveRoad,
  forwardRoad,
  holdRoad,
  keepRoad,
  namesRoad,
  popRoad,
  rulesRoad,
  submitRoad,
  upkeepRoad,
  vacationRoad,
  rebuildRoad,
]
