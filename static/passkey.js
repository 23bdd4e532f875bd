// Asks the browser for a passkey. Without this file a code from an app or from paper does the same.

const decode = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0))
const encode = bytes =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '')
const named = list => (list ?? []).map(one => ({ ...one, id: decode(one.id) }))

const ask = {
  async get(question) {
    const { id, type, response } = await navigator.credentials.get({
      publicKey: {
        ...question,
        challenge: decode(question.challenge),
        allowCredentials: named(question.allowCredentials),
      },
    })
    return {
      id,
      rawId: id,
      type,
      clientExtensionResults: {},
      response: {
        clientDataJSON: encode(response.clientDataJSON),
        authenticatorData: encode(response.authenticatorData),
        signature: encode(response.signature),
      },
    }
  },
  async create(offer) {
    const { id, type, response } = await navigator.credentials.create({
      publicKey: {
        ...offer,
        challenge: decode(offer.challenge),
        user: { ...offer.user, id: decode(offer.user.id) },
        excludeCredentials: named(offer.excludeCredentials),
      },
    })
    return {
      id,
      rawId: id,
      type,
      clientExtensionResults: {},
      response: {
        clientDataJSON: encode(response.clientDataJSON),
        attestationObject: encode(response.attestationObject),
        transports: response.getTransports?.() ?? [],
      },
    }
  },
}

for (const place of document.querySelectorAll('[data-passkey]')) {
  if (!window.PublicKeyCredential) continue
  const button = place.querySelector('button')
  const answer = place.querySelector('input')
  const problem = place.querySelector('[role=alert]')
  place.hidden = false
  button.addEventListener('click', async () => {
    problem.hidden = true
    try {
      answer.value = JSON.stringify(await ask[place.dataset.kind](JSON.parse(place.dataset.passkey)))
    } catch {
      // Whatever the reason is, browsers tell it themselves; here it only did not work.
      problem.hidden = false
      return
    }
    answer.disabled = false
    answer.form.requestSubmit()
  })
}
