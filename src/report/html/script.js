"use strict";
const form = document.getElementById("filter");
const findings = [...document.querySelectorAll(".finding")];
const shown = document.getElementById("shown");
function filter() {
  const text = form.text.value.trim().toLowerCase();
  let count = 0;
  for (const finding of findings) {
    const fits = (!form.kind.value || finding.dataset.kind === form.kind.value) &&
      (!form.criterion.value || finding.dataset.criteria.split(" ").includes(form.criterion.value)) &&
      (!text || finding.textContent.toLowerCase().includes(text));
    finding.hidden = !fits;
    count += fits ? 1 : 0;
  }
  shown.textContent = count + " of " + findings.length + " shown";
}
if (form) {
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => closed.forEach((one) => { one.open = false; }));
