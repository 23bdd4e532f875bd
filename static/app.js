// Every page works without this file; it only makes a few things kinder.

for (const summary of document.querySelectorAll('[data-problems]')) summary.focus()

for (const button of document.querySelectorAll('[data-print]')) {
  ;(button.closest('[hidden]') ?? button).hidden = false
  button.addEventListener('click', () => window.print())
}

for (const button of document.querySelectorAll('[data-reveal]')) {
  const field = document.getElementById(button.dataset.reveal)
  button.hidden = false
  button.addEventListener('click', () => {
    const shown = field.type === 'password'
    field.type = shown ? 'text' : 'password'
    button.firstElementChild.textContent = shown ? button.dataset.hide : button.dataset.show
    field.focus()
  })
}

// A registration code reads best in groups of four; the school's QR code carries it behind the '#', which no server sees.
const grouped = text =>
  text
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, 16)
    .replace(/(.{4})(?=.)/g, '$1-')

for (const field of document.querySelectorAll('[data-code]')) {
  field.addEventListener('input', event => {
    const atEnd = field.selectionStart === field.value.length
    if (atEnd && event.inputType !== 'deleteContentBackward') field.value = grouped(field.value)
  })
  field.addEventListener('blur', () => {
    field.value = grouped(field.value)
  })
  const carried = /^#code=([\w-]{16,24})$/.exec(location.hash)
  if (carried && field.value === '') {
    field.value = grouped(carried[1])
    history.replaceState(null, '', location.pathname + location.search)
  }
}

// People press twice. The server is safe against it; this spares them the second page.
let leavingOnPurpose = false
document.addEventListener('submit', event => {
  const form = event.target
  if (form.method !== 'post') return
  if (form.dataset.sent) {
    event.preventDefault()
    return
  }
  form.dataset.sent = 'yes'
  leavingOnPurpose = true
  event.submitter?.setAttribute('aria-disabled', 'true')
})

window.addEventListener('pageshow', () => {
  leavingOnPurpose = false
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('[aria-disabled]')) button.removeAttribute('aria-disabled')
  }
})

for (const form of document.querySelectorAll('form[data-keep]')) {
  let touched = form.dataset.keep === 'unsaved'
  form.addEventListener('input', () => {
    touched = true
  })
  window.addEventListener('beforeunload', event => {
    if (touched && !leavingOnPurpose) event.preventDefault()
  })
}

for (const counter of document.querySelectorAll('[data-count-for]')) {
  const field = document.getElementById(counter.dataset.countFor)
  const tell = () => {
    counter.textContent = counter.dataset.text.replace('#', String(field.value.length))
  }
  counter.hidden = false
  field.addEventListener('input', tell)
  tell()
}

for (const details of document.querySelectorAll('details')) {
  window.addEventListener('beforeprint', () => {
    details.open = true
  })
}
