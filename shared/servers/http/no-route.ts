import type { Context } from 'hono'
import { ApiError, answerError } from './api-error.ts'

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

/** 404, or 405 where the path is one of ours by another method (RFC 9110 §15.5.6). */
export function answerNoRoute(paths: readonly (readonly [string, object])[]): (c: Context) => Response {
  const routes = paths.map(([path, item]) => ({
    segments: path.split('/'),
    methods: METHODS.filter((method) => method in item).map((method) => method.toUpperCase()),
  }))
  return (c) => {
    const segments = c.req.path.split('/')
    const fitting = routes.filter((route) => fits(route.segments, segments))
    // A path that is spelled out (`/emails/batch`) is none of those that a parameter stands in for (`/emails/{id}`).
    const closest = Math.min(...fitting.map((route) => countParameters(route.segments)))
    const methods = fitting
      .filter((route) => countParameters(route.segments) === closest)
      .flatMap((route) => route.methods)
    if (methods.length === 0)
      return answerError(new ApiError(404, 'not_found', 'The requested endpoint does not exist'), c)
    c.header('allow', [...new Set(methods)].join(', '))
    return answerError(new ApiError(405, 'method_not_allowed', 'Method is not allowed for the requested path'), c)
  }
}

function fits(route: readonly string[], path: readonly string[]): boolean {
  return (
    route.length === path.length &&
    route.every((segment, at) => (segment.startsWith('{') && path[at] !== '') || segment === path[at])
  )
}

function countParameters(segments: readonly string[]): number {
  return segments.filter((segment) => segment.startsWith('{')).length
}
