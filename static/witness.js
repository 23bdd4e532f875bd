// The browser of somebody who watches keeps the last signed note, and checks whether the ledger has only grown since:
// whoever takes lines away or changes them would have to change every one of these browsers, too.

const place = 'pforte-witness'
const box = document.querySelector('[data-witness]')

const fromHex = text => Uint8Array.from(text.match(/../g) ?? [], pair => Number.parseInt(pair, 16))
const fromBase64 = text => Uint8Array.from(atob(text), one => one.charCodeAt(0))
const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at])
const half = count => Math.floor(count / 2)

async function nodeHash(left, right) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.of(1, ...left, ...right)))
}

/** The three lines that a note says: whose log, how many lines, the root of their tree. */
function read(note) {
  const [origin = '', size = '', root = ''] = note.split('\n')
  if (!/^\d+$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) throw new TypeError('not a note')
  return { origin, size: Number(size), root: fromBase64(root), note }
}

/** RFC 6962, 2.1.4.2: whether the tree of the later note only adds to the tree of the earlier one. */
async function follows(earlier, later, proof) {
  if (earlier.size === later.size) return proof.length === 0 && same(earlier.root, later.root)
  if (earlier.size === 0) return proof.length === 0
  let place = earlier.size - 1
  let last = later.size - 1
  while (place % 2 === 1) {
    place = half(place)
    last = half(last)
  }
  const [first, ...steps] = place === 0 ? [earlier.root, ...proof] : proof
  if (!first) return false
  let before = first
  let after = first
  for (const step of steps) {
    if (last === 0) return false
    if (place % 2 === 1 || place === last) {
      before = await nodeHash(step, before)
      after = await nodeHash(step, after)
      while (place % 2 === 0 && place !== 0) {
        place = half(place)
        last = half(last)
      }
    } else after = await nodeHash(after, step)
    place = half(place)
    last = half(last)
  }
  return last === 0 && same(before, earlier.root) && same(after, later.root)
}

function kept() {
  try {
    const { note, at } = JSON.parse(localStorage.getItem(place) ?? 'null') ?? {}
    return note ? { ...read(note), at } : null
  } catch {
    // What lies there is no note of ours: as good as none, and replaced by the next one.
    return null
  }
}

function keep({ note }, at) {
  localStorage.setItem(place, JSON.stringify({ note, at }))
}

/** `restored`: the log signs under a later number since an older copy of it was put back. */
async function judge(earlier, later, proof) {
  const [own, now] = [earlier.origin, later.origin].map(origin => origin.replace(/\/g\d+$/, ''))
  if (own !== now) return 'foreign'
  if (earlier.origin !== later.origin) return 'restored'
  if (!proof || later.size < earlier.size) return 'shorter'
  return (await follows(earlier, later, proof.map(fromHex))) ? 'good' : 'changed'
}

/** `when`: the earlier visit, as the portal writes times. */
function say(verdict, earlier, when = '') {
  const text = box.dataset[verdict] ?? ''
  box.querySelector('[data-says]').textContent = text
    .replace('#when', when)
    .replace('#size', String(earlier?.size ?? ''))
  box.hidden = false
}

async function witness() {
  const earlier = kept()
  const asked = new URLSearchParams({ from: earlier?.size ?? 0, at: earlier?.at ?? '' })
  const answer = await fetch(`${box.dataset.witness}?${asked}`, { redirect: 'error' })
  if (!answer.ok) throw new TypeError('no answer')
  const { note, proof, now, when } = await answer.json()
  const later = read(note)
  const verdict = earlier ? await judge(earlier, later, proof) : 'first'
  if (verdict === 'first' || verdict === 'good') keep(later, now)
  else {
    const alarm = box.querySelector('form')
    box.classList.add('edge', 'error')
    alarm.elements.note.value = earlier.note
    alarm.hidden = false
    alarm.querySelector('[data-anew]').addEventListener('click', () => {
      keep(later, now)
      alarm.hidden = true
      box.classList.remove('edge', 'error')
      say('first', null)
    })
  }
  say(verdict, earlier, when)
}

if (box) witness().catch(() => say('silent', kept()))
