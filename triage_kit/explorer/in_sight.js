// What a press has brought about is told below the button: it is brought into sight as soon as it is there.
function render({ el }) {
  let seen;
  const placed = new ResizeObserver(() => {
    const section = el.closest(".tk-section");
    if (!section || seen) return;
    seen = new MutationObserver(() => {
      section.querySelector(".tk-done, .tk-error")?.scrollIntoView({ block: "nearest" });
    });
    seen.observe(section, { childList: true, subtree: true });
  });
  placed.observe(el);
  return () => {
    placed.disconnect();
    seen?.disconnect();
  };
}

export default { render };
