import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outcomeOf } from '../../agent/probe/failure.ts';

const reasons: readonly (readonly [code: string, result: string, reason: string])[] = [
  ['ECONNREFUSED', 'fail', 'refused'],
  ['ECONNRESET', 'fail', 'closed'],
  ['EPIPE', 'fail', 'closed'],
  ['EHOSTUNREACH', 'fail', 'unreachable'],
  ['ENETUNREACH', 'fail', 'unreachable'],
  ['ENOTFOUND', 'fail', 'unreachable'],
  ['EAI_AGAIN', 'fail', 'unreachable'],
  ['ETIMEDOUT', 'fail', 'timeout'],
  ['HPE_INVALID_CONSTANT', 'fail', 'not-http'],
  ['HPE_INVALID_EOF_STATE', 'fail', 'closed'],
  ['HPE_HEADER_OVERFLOW', 'fail', 'too-large'],
  ['CERT_HAS_EXPIRED', 'fail', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'fail', 'tls'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'fail', 'tls'],
  ['EPROTO', 'fail', 'tls'],
];

describe('an error of a probe', () => {
  for (const [code, result, reason] of reasons) {
    it(`${code} reads as ${result}: ${reason}`, () => {
      const outcome = outcomeOf(Object.assign(new Error('x'), { code }));
      assert.ok(outcome.result !== 'pass');
      assert.equal(outcome.result, result);
      assert.equal(outcome.reason, reason);
    });
  }

  for (const code of ['EMFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'EPERM', 'ENOSUCHTHING']) {
    it(`${code} says nothing about the instance`, () => {
      const outcome = outcomeOf(Object.assign(new Error('x'), { code }));
      assert.ok(outcome.result === 'unknown');
      assert.equal(outcome.reason, 'prober-broke');
      assert.match(outcome.detail, new RegExp(code));
    });
  }

  it('without a code says nothing about the instance', () => {
    assert.equal(outcomeOf(new Error('x')).result, 'unknown');
  });
});
