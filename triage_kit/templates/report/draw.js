// Draws each chart from the data that stands beside it. The picture scales with the page, so that print fits, too.
for (const data of document.querySelectorAll("script.chart-data")) {
  const chart = data.parentElement.querySelector(".chart");
  const figure = JSON.parse(data.textContent);
  const fit = () => {
    for (const picture of chart.querySelectorAll("svg.main-svg")) {
      picture.setAttribute("viewBox", `0 0 ${picture.getAttribute("width")} ${picture.getAttribute("height")}`);
      picture.setAttribute("preserveAspectRatio", "xMinYMin meet");
      picture.setAttribute("aria-hidden", "true");
    }
  };
  Plotly.newPlot(chart, figure.data, figure.layout, figure.config).then(() => {
    fit();
    chart.on("plotly_afterplot", fit);
  });
}
// Numbers that are folded away on screen are printed.
const folded = () => document.querySelectorAll("details:not([open])");
let opened = [];
addEventListener("beforeprint", () => { opened = [...folded()]; opened.forEach((one) => (one.open = true)); });
addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));
