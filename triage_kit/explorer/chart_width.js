// Plotly's widget fits its chart to the window alone: drawn before it is in the page it is 700 pixels wide for good.
// So whenever it was drawn, or the room for it has changed, it is told that the window has.
function render({ el }) {
  const fit = () => window.dispatchEvent(new Event("resize"));
  const room = new ResizeObserver(fit);
  room.observe(el);
  document.addEventListener("plotlywidget-after-render", fit);
  return () => {
    room.disconnect();
    document.removeEventListener("plotlywidget-after-render", fit);
  };
}

export default { render };
