/** Loads an address from a process of its own: wrk where it is installed, else load-generator.ts. */
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** File with the body to post. */
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly median: number;
  readonly p99: number;
  /** Answers that were not HTTP 2xx, and connections that broke. */
  readonly errors: number;
}

const run = promisify(execFile);
export const HAS_WRK = spawnSync('wrk', ['--version']).error === undefined;

/** @param folder for the script wrk is given */
export function load(options: Load, folder: string): Promise<LoadResult> {
  return HAS_WRK ? withWrk(options, folder) : withOwn(options);
}

async function withWrk({ url, headers, body, connections, seconds }: Load, folder: string): Promise<LoadResult> {
  const script = join(folder, `load-${new URL(url).port}.lua`);
  writeFileSync(
    script,
    `local file = io.open(${JSON.stringify(body)}, "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
${Object.entries(headers)
  .map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`)
  .join('\n')}
done = function(summary, latency)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  print(string.format("RESULT %d %d %f %f %d",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors))
end
`,
  );
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '30s',
    '-s',
    script,
    url,
  ]);
  const [, requests, microseconds, median, p99, errors] = (/RESULT (.*)/.exec(stdout)?.[0] ?? '')
    .split(' ')
    .map(Number);
  return {
    requests: requests ?? 0,
    perSecond: (requests ?? 0) / ((microseconds ?? Number.NaN) / 1e6),
    median: (median ?? Number.NaN) / 1000,
    p99: (p99 ?? Number.NaN) / 1000,
    errors: errors ?? Number.NaN,
  };
}

async function withOwn(options: Load): Promise<LoadResult> {
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, 'load-generator.ts'),
    JSON.stringify(options),
  ]);
  return JSON.parse(stdout) as LoadResult;
}
