/** What an administrator should know, and do, about a log that loses lines. */
import { count } from '../quantity.ts';

/** What an administrator should know of a log file. */
export interface WriterTrouble {
  /** The target: a path, or `standard output`. */
  readonly name: string;
  /** The system's code, or what happens. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Lines dropped since the writer was made. */
  readonly dropped: number;
  /** Whether lines are written again. */
  readonly over: boolean;
}

export interface WriterObserver {
  /** Called for each line that is dropped. */
  readonly dropped: () => void;
  /** Called where trouble begins, then at most once a minute, and where it is over. */
  readonly trouble: (trouble: WriterTrouble) => void;
  /** Called each time lines are written again, once there is room for more. */
  readonly writtenAgain: () => void;
}

/** Trouble that is over is still told for so long, in milliseconds. */
export const TROUBLE_REMEMBERED = 3_600_000;

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room on it.',
  EDQUOT: "The account's quota is used up: make room, or raise it.",
  EFBIG: "The file has reached the largest size allowed (ulimit -f): raise it, or lower the log's maxBytes.",
  EACCES: "The gateway's account may not write it: give it the right.",
  EPERM: "The gateway's account may not write it: give it the right.",
  EROFS: 'The file system is mounted read-only: mount it writable.',
  EIO: 'The disk fails: look at it.',
  EPIPE: 'What has read it ended: start it again, or restart the gateway.',
  ENXIO: 'Nothing reads from the named pipe: start its reader.',
  ENOENT: 'Its folder is gone, and cannot be made again.',
  ENOTDIR: 'Its folder is gone, and a file stands in its place.',
};

/** One sentence or two: what happens, since when, how many lines are lost, and the remedy. */
export function troubleText({ name, reason, since, dropped, over }: WriterTrouble): string {
  const lost = dropped === 0 ? 'no line is lost so far' : `${count(dropped, 'line')} lost so far`;
  const when = new Date(since).toISOString();
  if (over) return `${nameOf(name)} is written again after ${reason} (${when}); ${lost}.`;
  const remedy = REMEDIES[reason] ?? 'Look whether its disk or its reader is too slow or broken.';
  return `${nameOf(name)} cannot be written since ${when} (${reason}); ${lost}. ${remedy}`;
}

function nameOf(name: string): string {
  return name === 'standard output' ? 'The log on standard output' : `The log ${name}`;
}
