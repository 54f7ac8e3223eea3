// Keys for the desk: g and a letter goes to a room, / to the search, j and k through a list. Who does not want them says so in the help.
const CHOICE = "siproc-keys";
const ROOMS: Record<string, string> = { t: "/tareas", c: "/casos", a: "/avisos" };

export function watchKeys(): void {
  const box = document.querySelector<HTMLElement>("[data-keys-choice]");
  const choice = box?.querySelector<HTMLInputElement>("input");
  if (box && choice) {
    box.hidden = false;
    choice.checked = localStorage.getItem(CHOICE) !== "0";
    choice.addEventListener("change", () => localStorage.setItem(CHOICE, choice.checked ? "1" : "0"));
  }
  let before = "";
  document.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    if (typing || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(CHOICE) === "0") return;
    const room = before === "g" ? ROOMS[event.key] : undefined;
    before = event.key;
    if (room && document.querySelector(`.rooms a[href="${room}"]`)) location.assign(room);
    else if (event.key === "/") search(event);
    else if (event.key === "?") location.assign("/ayuda#teclas");
    else if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
  });
}

function search(event: Event): void {
  const field = document.querySelector<HTMLInputElement>("main input[type=search]");
  if (!field) return;
  event.preventDefault();
  const fold = field.closest("details");
  if (fold) fold.open = true;
  field.focus();
}

function move(by: number): void {
  const titles = Array.from(document.querySelectorAll<HTMLElement>(".cards a.title"));
  if (titles.length === 0) return;
  const here = titles.indexOf(document.activeElement as HTMLElement);
  titles[Math.min(titles.length - 1, Math.max(0, here < 0 ? 0 : here + by))].focus();
}
