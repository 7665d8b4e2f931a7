import { makeRestingReplicas, type RestingReplicas } from './replicas.ts'
import { makeSegmentHeads, type SegmentHeads } from './segments.ts'

/** What the stores of all tenants keep at hand together, so that many of them take no more than one may. */
export interface ProcessMemory {
  readonly segmentHeads: SegmentHeads
  readonly restingReplicas: RestingReplicas
}

export function makeProcessMemory(): ProcessMemory {
  return { segmentHeads: makeSegmentHeads(), restingReplicas: makeRestingReplicas() }
}
