// Compared wikis: choosing one more by Shift+Enter or in the field of its own, and whether their peaks are drawn.

import { ofWiki, withCompared } from "./state.js";

/** Where a wiki that was chosen in a search field leads from here. */
export function whereTo(detail, address) {
  return detail.compare ? withCompared(address, detail.project) : ofWiki(address, detail.project);
}

/** Bring the switch for the compared wikis' peaks to life, where there is one. */
export function watchComparedPeaks(chart) {
  const toggle = document.getElementById("compared-peaks");
  if (!toggle) return;
  toggle.closest("[data-needs-script]").hidden = false;
  toggle.checked = chart.showComparedPeaks;
  toggle.addEventListener("change", () => {
    chart.showComparedPeaks = toggle.checked;
    chart.redraw();
  });
}
