// The count of due events, kept up to date while one types.
(() => {
  "use strict";
  const line = document.querySelector(".github-due");
  if (!line) return;
  const form = document.getElementById("github-retention-form");
  const count = line.querySelector(".github-due-count");
  let timer = null;
  let latest = 0;

  async function refresh() {
    const number = ++latest;
    const query = new URLSearchParams(new FormData(form));
    query.delete("csrfmiddlewaretoken");
    query.set("kind", line.dataset.kind);
    let text = "?";
    try {
      const answer = await fetch(`${line.dataset.dueUrl}?${query}`, { headers: { Accept: "application/json" } });
      if (answer.ok) text = (await answer.json()).due;
    } catch (error) {
      console.warn("the count could not be fetched", error);
    }
    if (number === latest) count.textContent = text;
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 250);
  });
  refresh();
})();
