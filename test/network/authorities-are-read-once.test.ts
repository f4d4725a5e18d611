import t from 'tap';
import { trustOf } from '../../src/network/outbound.ts';
import { selfSignedCertificate } from '../../src/simulator/certificate.ts';
import { TEST_KEY } from '../support/key.ts';

const one = selfSignedCertificate(['one.test'], TEST_KEY).certificate;
const other = selfSignedCertificate(['other.test'], TEST_KEY).certificate;
const outbound = (...caCertificates: string[]) => ({ proxy: undefined, caCertificates });

t.equal(trustOf(outbound(one)), trustOf(outbound(one)), 'a reload with the same authorities reads none again');
t.not(trustOf(outbound(one)), trustOf(outbound(other)), 'other authorities are trusted in their place');
t.not(trustOf(outbound(one)), trustOf(outbound(one, other)), 'one more is trusted, too');
t.not(trustOf(outbound(one)), trustOf(outbound()), 'one less is not trusted any more');
