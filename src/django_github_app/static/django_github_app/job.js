// The progress of a retention job, asked for once a second until it has ended.
(() => {
  "use strict";

  function show(section, job) {
    const field = (name) => section.querySelector(`[data-field="${name}"]`);
    const state = field("state");
    state.textContent = job.state;
    state.className = `github-badge github-${job.kind}`;
    field("note").textContent = job.stopping ? "stops at its next batch" : "";
    field("processed").textContent = job.processed;
    field("of").textContent = job.total ? `of ${job.final ? "" : "about "}${job.total}` : "";
    field("rate").textContent = job.rate ? `(${job.rate} per second)` : "";
    field("error").textContent = job.error;
    const bar = section.querySelector("progress");
    if (job.percent !== null) bar.value = job.percent;
    else if (job.final) bar.value = 0;
    else bar.removeAttribute("value");
    const rows = Object.entries(job.result).map(([name, value]) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = name;
      const cell = document.createElement("td");
      cell.textContent = Array.isArray(value) ? value.join(", ") : value;
      row.append(head, cell);
      return row;
    });
    field("result").replaceChildren(...rows);
    if (job.final) document.querySelectorAll("[data-while-running]").forEach((part) => part.remove());
  }

  async function poll(section) {
    let wait = 1000;
    try {
      const answer = await fetch(section.dataset.statusUrl, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const job = await answer.json();
        show(section, job);
        if (job.final) return;
      } else {
        wait = 5000;
      }
    } catch (error) {
      wait = 5000;
    }
    setTimeout(poll, wait, section);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const section = document.querySelector(".github-job");
    if (section) poll(section);
  });
})();
