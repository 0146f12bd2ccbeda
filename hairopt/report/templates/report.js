"use strict";

// The page says everything without this script; it adds sorting, filtering and the slider.

function sortableTable(table) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.querySelectorAll("th[data-sort]")];
  const value = (row, head) => {
    const cell = row.cells[Number(head.dataset.sort)];
    return head.dataset.kind === "text" ? cell.dataset.value : Number(cell.dataset.value || NaN);
  };
  const compare = (one, other) =>
    typeof one === "string" ? one.localeCompare(other) : one - other;

  const sort = (head) => {
    const before = head.getAttribute("aria-sort");
    const first = head.dataset.first;
    const direction = before ? (before === "ascending" ? "descending" : "ascending") : first;
    const sign = direction === "ascending" ? 1 : -1;
    const rows = [...body.rows];
    const known = rows.filter((row) => !Number.isNaN(value(row, head)));
    const unknown = rows.filter((row) => Number.isNaN(value(row, head)));
    known.sort((one, other) => sign * compare(value(one, head), value(other, head)));
    body.append(...known, ...unknown);
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", direction);
  };

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }
}

function slider(figure) {
  const range = figure.querySelector("input");
  const move = () => {
    figure.style.setProperty("--cut", `${range.value}%`);
    range.setAttribute("aria-valuetext", `${100 - range.value} % recoloured`);
  };
  range.addEventListener("input", move);
  range.hidden = false;
  move();
}

function pickableCases(section) {
  const list = section.querySelector(".cases");
  const cases = [...list.children];
  const form = section.querySelector("form");
  const single = form.querySelector("input[type=checkbox]");
  const more = section.querySelector(".more");
  const status = section.querySelector("[role=status]");
  const page = Number(list.dataset.page);
  let shown = page;

  const has = (one, tag, value) =>
    [...one.querySelectorAll(".marks li")].some(
      (item) => item.dataset.tag === tag && item.dataset.value === value,
    );
  const score = (one, key) => {
    const found = [...one.querySelectorAll("[data-score]")].find((s) => s.dataset.score === key);
    return found ? Number(found.dataset.badness) : -Infinity;
  };

  const update = () => {
    const wanted = [...form.querySelectorAll("select[data-tag]")].filter((each) => each.value);
    const key = form.querySelector("select[data-order]").value;
    const sorted = [...cases].sort((one, other) => score(other, key) - score(one, key));
    list.append(...sorted);
    const matching = sorted.filter((one) =>
      wanted.every((select) => has(one, select.dataset.tag, select.value)),
    );
    const photos = new Set();
    const isNew = (one) => !photos.has(one.dataset.source) && photos.add(one.dataset.source);
    const picked = single?.checked ? matching.filter(isNew) : matching;
    cases.forEach((one) => { one.hidden = true; });
    picked.slice(0, shown).forEach((one) => { one.hidden = false; });
    more.hidden = picked.length <= shown;
    const all = picked.length === cases.length ? "cases" : `that match, ${cases.length} in all`;
    status.textContent = `${Math.min(shown, picked.length)} of ${picked.length} ${all}`;
  };

  form.addEventListener("change", () => { shown = page; update(); });
  form.addEventListener("reset", () => setTimeout(() => { shown = page; update(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const next = shown;
    shown += page;
    update();
    [...list.children].filter((one) => !one.hidden)[next]?.querySelector("input, a, h3")?.focus();
  });
  form.hidden = false;
  update();
}

document.querySelectorAll("table.sortable").forEach(sortableTable);
document.querySelectorAll(".compare").forEach(slider);
document.querySelectorAll("#gallery").forEach(pickableCases);
