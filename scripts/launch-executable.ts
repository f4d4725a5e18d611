/** Runs a single executable: its bundle is an asset, and so is V8's code of it where it was built for this platform. */
import { getAssetKeys, getRawAsset } from 'node:sea';
import { zstdDecompressSync } from 'node:zlib';
import { runBundle } from '../src/run-bundle.ts';

/** More than either of them has: what is decompressed in one piece is not copied. */
const CHUNK = 16 * 1024 * 1024;

const asset = (name: string): Buffer => zstdDecompressSync(getRawAsset(`${name}.zst`), { chunkSize: CHUNK });
runBundle(
  asset('main.js').toString('latin1'),
  process.execPath,
  getAssetKeys().includes('main.cache.zst') ? asset('main.cache') : undefined,
);
