// Keeps the newest events up to date: asks every two seconds, unless it is paused, hidden, or somebody is in the rows.
(() => {
  "use strict";

  const LONGEST = 60000;
  const TOLD_EVERY = 10000;

  document.addEventListener("DOMContentLoaded", () => {
    const tail = document.querySelector(".github-tail");
    const rows = document.getElementById("github-tail-rows");
    const status = document.getElementById("github-tail-status");
    const button = document.getElementById("github-pause");
    const every = Number(tail.dataset.every);
    if (!every) return; // what was asked for cannot be
    const query = location.search.slice(1);
    let paused = false;
    let tag = null;
    let wait = every;
    let news = 0;
    let failures = 0;
    let toldAt = 0;

    function say(text) {
      if (status.textContent !== text) status.textContent = text;
      toldAt = Date.now();
    }

    button.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.setAttribute("aria-pressed", String(paused));
      say(paused ? "Paused." : "Following.");
    });
    say("Following.");

    function isRead() {
      const chosen = document.getSelection();
      return rows.contains(document.activeElement)
        || (chosen && !chosen.isCollapsed && rows.contains(chosen.anchorNode));
    }

    function show(text) {
      const known = new Set([...rows.querySelectorAll("tr[data-id]")].map((row) => row.dataset.id));
      const page = new DOMParser().parseFromString(`<table><tbody>${text}</tbody></table>`, "text/html");
      const fresh = [...page.querySelectorAll("tbody > tr")];
      for (const row of fresh) {
        if (!row.dataset.id || known.has(row.dataset.id)) continue;
        row.classList.add("github-new");
        news += 1;
        if ("failed" in row.dataset) failures += 1;
      }
      rows.replaceChildren(...fresh);
      // Whoever listens is told of many at once, and not of each.
      if (news && Date.now() - toldAt > TOLD_EVERY) {
        const events = news === 1 ? "1 new event" : `${news} new events`;
        say(failures ? `${events}, ${failures} of them failed.` : `${events}.`);
        news = failures = 0;
      }
    }

    async function look() {
      if (!paused && !document.hidden && !isRead()) {
        const began = performance.now();
        try {
          const headers = tag ? { "If-None-Match": tag } : {};
          const answer = await fetch(`${tail.dataset.rows}?${query}`, { headers, cache: "no-store", redirect: "manual" });
          if (answer.ok) {
            const text = await answer.text();
            // Paused, or begun to be read, while the answer was under way.
            if (!paused && !isRead()) {
              tag = answer.headers.get("ETag");
              show(text);
            }
            wait = every;
          } else if (answer.status === 304) {
            wait = every;
          } else if (answer.type === "opaqueredirect" || answer.status === 403) {
            say("You are signed out: reload the page.");
            return;
          } else {
            wait = Math.min(2 * wait, LONGEST);
          }
        } catch (error) {
          wait = Math.min(2 * wait, LONGEST);
        }
        // A site that is slow is asked less often.
        wait = Math.max(wait, Math.min(10 * (performance.now() - began), LONGEST));
      }
      setTimeout(look, wait);
    }
    setTimeout(look, every);
  });
})();
