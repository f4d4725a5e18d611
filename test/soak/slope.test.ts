import t from 'tap';
import { slopeOfLastHalf } from './slope.ts';

const measured = (value: (minutes: number) => number): { minutes: number; value: number }[] =>
  Array.from({ length: 101 }, (_, index) => ({ minutes: index / 10, value: value(index / 10) }));
const near = (value: number, wanted: number): boolean => Math.abs(value - wanted) < 0.01;

t.test('what grows for good is told from what grows at first, and from noise', async (t) => {
  t.ok(near(slopeOfLastHalf(measured((minutes) => 80 + 1.5 * minutes)), 1.5), 'a leak');
  t.ok(near(slopeOfLastHalf(measured((minutes) => Math.min(80, 40 + 20 * minutes))), 0), 'caches that fill');
  t.ok(near(slopeOfLastHalf(measured((minutes) => 80 + 5 * Math.sin(minutes * 40))), 0), 'noise');
});
