/** Runs a single executable: its bundle is an asset, and so is V8's code of it where it was built for this platform. */
import { getAssetKeys, getRawAsset } from 'node:sea';
import { runBundle } from '../src/run-bundle.ts';

const asset = (name: string): Buffer => Buffer.from(getRawAsset(name));
runBundle(
  asset('main.js').toString('latin1'),
  process.execPath,
  getAssetKeys().includes('main.cache') ? asset('main.cache') : undefined,
);
