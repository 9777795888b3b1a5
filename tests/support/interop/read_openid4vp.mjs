// Read an authorization request, and an answer to it if there is one, by @openid4vc/openid4vp.
// Standard input: {"url": ..., "body": ...}. Standard output: what the library understood.
import { readFileSync } from 'node:fs'
import {
  parseOpenid4vpAuthorizationRequest,
  parseOpenid4VpAuthorizationResponsePayload,
  resolveOpenid4vpAuthorizationRequest,
  validateOpenid4vpAuthorizationResponsePayload,
} from '@openid4vc/openid4vp'

const given = JSON.parse(readFileSync(0, 'utf8'))
const parsed = parseOpenid4vpAuthorizationRequest({ authorizationRequest: given.url })
const resolved = await resolveOpenid4vpAuthorizationRequest({
  authorizationRequestPayload: parsed.params,
  callbacks: {},
})
const understood = {
  kind: parsed.type,
  version: resolved.version,
  client: resolved.client,
  parameters: resolved.authorizationRequestPayload,
  query: resolved.dcql.query,
}
if (given.body !== undefined) {
  const response = Object.fromEntries(new URLSearchParams(given.body))
  const answer = validateOpenid4vpAuthorizationResponsePayload({
    authorizationRequestPayload: resolved.authorizationRequestPayload,
    authorizationResponsePayload: parseOpenid4VpAuthorizationResponsePayload(response),
  })
  understood.presentations = answer.dcql.presentations
}
process.stdout.write(JSON.stringify(understood))
