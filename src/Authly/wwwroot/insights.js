// Asks for the page again every five seconds and puts its pictures in place; open tables stay open.
// Without script the page still shows, once.
const pause = document.getElementById('pause');
let paused = false;
pause.hidden = false;
pause.addEventListener('click', () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', paused);
  pause.textContent = paused ? 'Go on' : 'Pause';
});

setInterval(async () => {
  const live = document.getElementById('live');
  // Nobody looks, or somebody is reading or operating what would be replaced.
  if (paused || document.hidden || live.contains(document.activeElement))
    return;
  try {
    const answer = await fetch(location.pathname);
    // Signed out meanwhile, or turned away for now: what is shown stays until there is something newer.
    if (!answer.ok || answer.redirected)
      return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
    for (const table of live.querySelectorAll('details[open]'))
      fresh.querySelector(`#${CSS.escape(table.id)}`)?.setAttribute('open', '');
    live.replaceWith(fresh);
  } catch {
    // The server is away, perhaps restarting: the next round asks again.
  }
}, 5000);
