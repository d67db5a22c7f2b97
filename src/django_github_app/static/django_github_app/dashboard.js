// Brings the dashboard up to date every 15 seconds, unless it is paused, hidden, or somebody is in the middle of it.
(() => {
  "use strict";

  const EVERY = 15000;

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("github-pause");
    let paused = false;
    button.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.setAttribute("aria-pressed", String(paused));
    });

    async function renew() {
      const shown = document.getElementById("github-board-now");
      const inUse = shown.contains(document.activeElement) || shown.querySelector("details[open]");
      if (!paused && !document.hidden && !inUse) {
        try {
          const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
          if (answer.ok && !answer.redirected) {
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const fresh = page.getElementById("github-board-now");
            if (fresh) shown.replaceWith(fresh);
          }
        } catch (error) {
          // The site is away for a moment: what is shown says of when it is.
        }
      }
      setTimeout(renew, EVERY);
    }
    setTimeout(renew, EVERY);
  });
})();
