// Tells the portal that somebody is still there, and shows how the other one stands. Without it the page asks anew by itself.

const room = document.querySelector('[data-ceremony]')
const every = Number(room?.dataset.every ?? 0)

/** What is true now shows its elements and hides the others'. */
function show(flags) {
  for (const [name, on] of Object.entries(flags)) {
    for (const part of room.querySelectorAll(`[data-when="${name}"]`)) part.hidden = !on
    for (const part of room.querySelectorAll(`[data-unless="${name}"]`)) part.hidden = on
  }
}

function say(name, text) {
  for (const part of room.querySelectorAll(`[data-text="${name}"]`))
    if (part.textContent !== text) part.textContent = text
}

let left = Number(room?.dataset.left ?? 0)
let since = performance.now()

function countDown() {
  const seconds = Math.max(0, Math.round((left - (performance.now() - since)) / 1000))
  say('left', `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`)
}

async function ask() {
  const token = new URLSearchParams({ csrf: room.dataset.csrf })
  const answer = await fetch(room.dataset.presence, { method: 'POST', body: token, redirect: 'error' })
  if (!answer.ok) throw new Error(`presence: ${answer.status}`)
  const now = await answer.json()
  // What is typed is needed only while both are still waited for.
  if (now.state !== room.dataset.state) return location.reload()
  left = now.left ?? 0
  since = performance.now()
  show(now.flags)
  alone = now.flags['other-here'] !== true
  say('seen', now.seen)
  say('progress', now.progress)
  // Where anybody may come, the name is known only then.
  if (now.other) say('other', now.other)
  const bar = room.querySelector('progress')
  if (bar && now.of > 0) {
    bar.max = now.of
    bar.value = now.done
  }
}

let missed = 0
/** Whoever waits for the other one to come does not want to wait for the page, too. */
let alone = true
async function watch() {
  try {
    await ask()
    missed = 0
  } catch {
    missed += 1
  }
  show({ 'line-lost': missed > 1 })
  setTimeout(watch, pause())
}

const pause = () => (alone ? Math.min(every, 2000) : every)

if (room) {
  setInterval(countDown, 1000)
  setTimeout(watch, pause())
}
