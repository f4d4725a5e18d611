/**
 * The page's script. Everything works without it; it puts times into the reader's zone, copies addresses, and
 * refreshes parts of the page without closing what is open. It talks to the page's own address only.
 */
export const SCRIPT = `
'use strict';
const two = (number) => String(number).padStart(2, '0');
const minute = (date) => two(date.getHours()) + ':' + two(date.getMinutes());
function clock(date) {
  const text = minute(date) + ':' + two(date.getSeconds());
  if (date.toDateString() === new Date().toDateString()) return text;
  return date.getFullYear() + '-' + two(date.getMonth() + 1) + '-' + two(date.getDate()) + ' ' + text;
}
function select(element) {
  getSelection().selectAllChildren(element);
}
async function copy(button) {
  const code = button.previousElementSibling;
  select(code);
  let copied = false;
  try {
    await navigator.clipboard.writeText(code.textContent);
    copied = true;
  } catch {
    // Without https or the permission the selection can be copied all the same.
    copied = document.execCommand('copy');
  }
  button.textContent = copied ? 'Copied' : 'Press Ctrl+C';
}
function prepare(root) {
  for (const element of root.querySelectorAll('time')) {
    const text = clock(new Date(element.dateTime));
    if (element.classList.contains('ago')) element.title = text;
    else element.textContent = text;
  }
  for (const element of root.querySelectorAll('[data-minute]'))
    element.textContent = minute(new Date(element.dataset.minute)) + element.textContent.slice(5);
  for (const element of root.querySelectorAll('.zone'))
    element.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const button of root.querySelectorAll('button[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', () => copy(button));
    button.previousElementSibling.addEventListener('focus', (event) => select(event.target));
  }
}
function isInUse(section) {
  const selection = getSelection();
  return section.querySelector(':is(input,select,textarea):focus') !== null ||
    (!selection.isCollapsed && section.contains(selection.anchorNode));
}
async function refresh(every) {
  let fresh = true;
  try {
    const response = await fetch(location.pathname + location.search, { cache: 'no-store' });
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    prepare(page);
    for (const section of document.querySelectorAll('[data-live]')) {
      const next = page.getElementById(section.id);
      if (next === null || isInUse(section)) continue;
      const find = (details) => next.querySelector('details[data-key="' + CSS.escape(details.dataset.key) + '"]');
      for (const details of section.querySelectorAll('details[open]')) {
        const same = find(details);
        if (same !== null) same.open = true;
      }
      const focused = section.querySelector('details > summary:focus');
      const focus = focused === null ? null : find(focused.parentElement);
      section.replaceWith(document.adoptNode(next));
      if (focus !== null) focus.querySelector('summary').focus({ preventScroll: true });
    }
    document.title = page.title;
  } catch {
    fresh = false;
  }
  document.getElementById('stale').hidden = fresh;
  setTimeout(refresh, every, every);
}
prepare(document);
const seconds = Number(document.body.dataset.refresh);
if (seconds > 0) setTimeout(refresh, seconds * 1000, seconds * 1000);
`;
