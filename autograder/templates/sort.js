
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const numeric = head.classList.contains("number");
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const down = before ? before === "ascending" : numeric;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[place].dataset.sort;
      const compare = (a, b) => numeric ? value(a) - value(b) : value(a).localeCompare(value(b));
      const rows = [...body.rows].sort((a, b) => down ? compare(b, a) : compare(a, b));
      body.append(...rows);
    });
  });
}
for (const event of ["beforeprint", "afterprint"]) {
  addEventListener(event, () => {
    for (const item of document.querySelectorAll("details")) item.open = event === "beforeprint";
  });
}
