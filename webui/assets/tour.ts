// The tour of the desk: its steps, which stand on the page as a list, one at a time beside what they speak of.
const box = document.querySelector<HTMLElement>("[data-tour]");
if (box) {
  const steps = Array.from(box.querySelectorAll<HTMLElement>("[data-at]")).filter(
    (step) => document.querySelector(step.dataset.at ?? "") !== null,
  );
  const card = document.createElement("div");
  card.className = "tour-card panel";
  card.setAttribute("role", "dialog");
  card.setAttribute("aria-label", box.getAttribute("aria-label") ?? "");
  card.tabIndex = -1;
  const text = document.createElement("p");
  text.setAttribute("aria-live", "polite");
  const row = document.createElement("div");
  row.className = "d-flex gap-2 align-items-center";
  const count = Object.assign(document.createElement("span"), { className: "quiet small ms-auto" });
  const button = (label: string, style: string, act: () => void): HTMLButtonElement => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: `btn ${style}`, textContent: label });
    made.addEventListener("click", act);
    return made;
  };
  let at = 0;
  let lit: Element | null = null;
  const end = (): void => {
    lit?.classList.remove("toured");
    card.remove();
    history.replaceState(null, "", location.pathname);
  };
  const show = (to: number): void => {
    if (to >= steps.length) return end();
    at = Math.max(0, to);
    lit?.classList.remove("toured");
    lit = document.querySelector(steps[at].dataset.at ?? "");
    lit?.classList.add("toured");
    lit?.scrollIntoView({ block: "center" });
    text.textContent = steps[at].textContent;
    count.textContent = `${at + 1} / ${steps.length}`;
    back.disabled = at === 0;
    next.textContent = (at === steps.length - 1 ? box.dataset.end : box.dataset.next) ?? "";
  };
  const back = button(box.dataset.back ?? "", "btn-outline-secondary", () => show(at - 1));
  const next = button(box.dataset.next ?? "", "btn-primary", () => show(at + 1));
  row.append(back, next, button(box.dataset.end ?? "", "btn-outline-secondary", end), count);
  card.append(text, row);
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
  box.hidden = true;
  if (steps.length > 0) {
    document.body.append(card);
    show(0);
    card.focus();
  }
}
