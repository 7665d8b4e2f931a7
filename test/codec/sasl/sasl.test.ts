import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { ParseError } from '../../../shared/codec/parse-error.ts'
import { decodeBase64 } from '../../../shared/codec/sasl/base64.ts'
import { login } from '../../../shared/codec/sasl/login.ts'
import { plain } from '../../../shared/codec/sasl/plain.ts'
import { parseScramFirst, scramServerFirst, verifyScramFinal } from '../../../shared/codec/sasl/scram-sha-256.ts'

const octets = (text: string) => Buffer.from(text)

test('base64 is strict', () => {
  assert.equal(Buffer.from(decodeBase64('AGEAYg==')).toString(), '\0a\0b')
  assert.equal(decodeBase64('').length, 0)
  for (const text of ['AGEAYg', 'AGEAYg=', 'AGEAYh==', 'AG EAYg==', 'AGEAYg==\n', '-_-_', '=', 'A', 'AGEAYg===']) {
    assert.throws(() => decodeBase64(text), ParseError, text)
  }
})

test('PLAIN (RFC 4616)', () => {
  assert.deepEqual(plain().step(undefined), { challenge: new Uint8Array(0) })
  assert.deepEqual(plain().step(octets('\0tim@x.test\0tanstaaftanstaaf')), {
    outcome: { authenticationId: 'tim@x.test', authorizationId: '', password: 'tanstaaftanstaaf' },
  })
  assert.deepEqual(plain().step(octets('Ursel\0Kurt\0xipj3plmq ü')), {
    outcome: { authenticationId: 'Kurt', authorizationId: 'Ursel', password: 'xipj3plmq ü' },
  })
  for (const text of ['', 'a', '\0a', '\0\0b', '\0a\0', '\0a\0b\0c', `\0a\0${'x'.repeat(1025)}`]) {
    assert.throws(() => plain().step(octets(text)), ParseError, JSON.stringify(text.slice(0, 20)))
  }
  assert.throws(() => plain().step(Uint8Array.of(0, 0xff, 0, 0x61)), ParseError)
})

test('LOGIN', () => {
  const exchange = login()
  assert.deepEqual(exchange.step(undefined), { challenge: octets('Username:') })
  assert.deepEqual(exchange.step(octets('a@b.test')), { challenge: octets('Password:') })
  assert.deepEqual(exchange.step(octets('secret')), {
    outcome: { authenticationId: 'a@b.test', authorizationId: '', password: 'secret' },
  })
  // An initial response is the name.
  assert.deepEqual(login().step(octets('a@b.test')), { challenge: octets('Password:') })
})

test('SCRAM-SHA-256, the example of RFC 7677 §3', () => {
  const hmac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest()
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const salted = pbkdf2Sync('pencil', salt, 4096, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest()
  const keys = { salt, iterations: 4096, storedKey, serverKey: hmac(salted, 'Server Key') }

  const first = parseScramFirst(octets('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'))
  assert.equal(first.authenticationId, 'user')
  const serverFirst = scramServerFirst(first, keys, '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0')
  assert.equal(serverFirst, 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096')
  const final =
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
  assert.deepEqual(verifyScramFinal(first, keys, serverFirst, octets(final)), {
    serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  })
  const wrong = [final.replace('p=d', 'p=e'), final.replace('biws', 'eSws'), final.replace('$k0', '$k1')]
  for (const message of wrong) assert.equal(verifyScramFinal(first, keys, serverFirst, octets(message)), 'wrong')
  for (const message of ['', 'c=biws', 'c=biws,r=x,p=AA==', final.slice(0, -1)]) {
    assert.throws(() => verifyScramFinal(first, keys, serverFirst, octets(message)), ParseError)
  }
})

test('first messages of SCRAM', () => {
  const { authenticationId, authorizationId } = parseScramFirst(octets('y,a=x=2Cy,n=a=3Db,r=abc,ext=1'))
  assert.deepEqual({ authenticationId, authorizationId }, { authenticationId: 'a=b', authorizationId: 'x,y' })
  const refused = [
    '',
    'n',
    'n,,',
    'n,,n=,r=a',
    'n,,n=a',
    'n,,n=a,r=',
    'p=tls-unique,,n=a,r=b',
    'n,,m=x,n=a,r=b',
    'n,,n=a=1,r=b',
    'n,b,n=a,r=b',
  ]
  for (const message of refused) assert.throws(() => parseScramFirst(octets(message)), ParseError, message)
})
