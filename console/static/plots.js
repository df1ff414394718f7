/* Plots: each figure's table, drawn. Without scripts the table stands there; with them it is one click away, and stays the truth.
   Colours are the page's own properties, so that light and dark follow the system. */
"use strict";
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const LINES = ["--accent", "--bad", "--link", "--money", "--wait"];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const drawn = [];

  const read = (figure) => {
    const heads = all("thead th", figure).map((cell) => cell.textContent.trim());
    const rows = all("tbody tr", figure);
    const times = rows.map((row) => Date.parse(`${one("th", row).textContent.trim()}T00:00:00Z`) / 1000);
    const columns = heads.slice(1).map((_, n) => rows.map((row) => Number(all("td", row)[n].dataset.value)));
    return { heads, data: [times, ...columns] };
  };

  const draw = (figure) => {
    const { heads, data } = read(figure);
    if (data[0].length < 2) return;
    const unit = figure.dataset.unit ? ` ${figure.dataset.unit}` : "";
    const axis = () => ({
      stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 },
      font: "12px system-ui, sans-serif",
    });
    const series = heads.slice(1).map((label, n) => ({
      label, stroke: colour(LINES[n % LINES.length]), width: 2, points: { show: data[0].length <= 31, size: 5 },
      dash: n ? [6, 2 * n] : undefined, value: (_, value) => (value === null ? "–" : value.toLocaleString() + unit),
    }));
    const days = new Intl.DateTimeFormat(undefined, { timeZone: "UTC", day: "numeric", month: "short" });
    const size = () => ({ width: Math.max(240, figure.clientWidth - 4), height: 240 });
    const target = document.createElement("div");
    target.className = "drawn";
    target.setAttribute("role", "img");
    target.setAttribute("aria-label", `${one("figcaption", figure).textContent}; the table below says the same`);
    figure.insertBefore(target, one("details", figure));
    const plot = new uPlot({
      ...size(),
      tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), "UTC"),
      scales: { y: { range: (_, low, high) => [Math.min(0, low), high || 1] } },
      axes: [{ ...axis(), space: 64, incrs: [1, 2, 7, 14, 28, 56, 91].map((count) => count * 86400), values: (_, splits) => splits.map((stamp) => days.format(new Date(stamp * 1000))) },
        { ...axis(), size: 64, values: (_, splits) => splits.map((value) => value.toLocaleString()) }],
      series: [{ label: heads[0], value: (_, stamp) => (stamp === null ? "–" : days.format(new Date(stamp * 1000))) }, ...series],
    }, data, target);
    drawn.push({ plot, size });
  };

  const again = () => {
    for (const { plot } of drawn.splice(0)) plot.destroy();
    for (const target of all(".drawn")) target.remove();
    all("[data-plot]").forEach(draw);
  };
  all("[data-plot]").forEach(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  let timer = 0;
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { for (const { plot, size } of drawn) plot.setSize(size()); }, 100);
  });
})();
