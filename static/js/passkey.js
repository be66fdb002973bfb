// Shows what needs a passkey where the browser has them, and says when one was not read.
(function () {
  if (!window.PublicKeyCredential) return
  document.querySelectorAll('[data-passkey]').forEach(function (form) { form.hidden = false })
  document.addEventListener('allauth.error', function (event) {
    event.preventDefault()
    document.querySelectorAll('[data-passkey-failed]').forEach(function (line) { line.hidden = false })
  })
})()
