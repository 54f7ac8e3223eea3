// A list that keeps up with what others do, and a form that keeps what is typed; both need nothing but the page's address.
const EVERY = 25_000;
const PAUSE = 1_500;

export function watchList(): void {
  const box = document.querySelector<HTMLElement>("[data-news]");
  if (!box) return;
  let waits: number | undefined;
  let every = EVERY;
  const inUse = (): boolean => box.contains(document.activeElement) || box.querySelector(":checked") !== null;
  const ask = async (): Promise<void> => {
    window.clearTimeout(waits);
    if (document.hidden) return; // it goes on when somebody looks again
    try {
      const answer = await fetch(box.dataset.news ?? "", { headers: { "If-None-Match": `"${box.dataset.version}"` } });
      if (answer.redirected || answer.status === 401 || answer.status === 403) return;
      every = EVERY;
      if (answer.status === 200) {
        const text = await answer.text();
        if (inUse()) document.querySelector<HTMLElement>("[data-changed]")?.removeAttribute("hidden");
        else box.innerHTML = text;
        box.dataset.version = (answer.headers.get("ETag") ?? "").replace(/^W\/|"/g, "");
      } else if (answer.status !== 304) every = Math.min(2 * every, 300_000);
    } catch {
      every = Math.min(2 * every, 300_000); // no connection: less and less often
    }
    waits = window.setTimeout(() => void ask(), every);
  };
  document.addEventListener("visibilitychange", () => void (document.hidden || ask()));
  waits = window.setTimeout(() => void ask(), every);
}

export function keepDrafts(): void {
  const box = document.querySelector<HTMLElement>("[data-draft]");
  const form = box?.closest("form");
  if (!box || !form) return;
  const said = document.querySelector<HTMLElement>("[data-draft-said]");
  let waits: number | undefined;
  form.addEventListener("input", () => {
    window.clearTimeout(waits);
    if (said) said.textContent = "";
    waits = window.setTimeout(() => void keep(), PAUSE);
  });
  form.addEventListener("submit", () => window.clearTimeout(waits));
  const keep = async (): Promise<void> => {
    const data = new FormData(form);
    for (const [name, value] of Array.from(data.entries())) if (value instanceof File) data.delete(name);
    try {
      const answer = await fetch(box.dataset.draft ?? "", { method: "POST", body: data });
      if (answer.status === 204 && said) said.textContent = box.dataset.kept ?? "";
    } catch {
      // No connection: what is typed is still on the page.
    }
  };
}

/** Who is registered already, asked while a person is described; without a script a button asks. */
export function watchPerson(): void {
  const box = document.querySelector<HTMLElement>("[data-alike]");
  const found = box?.querySelector<HTMLElement>("[data-alike-found]");
  const form = box?.closest("form");
  if (!box || !found || !form) return;
  const names = (box.dataset.alikeBy ?? "").split(" ");
  let waits: number | undefined;
  let asked = 0;
  const ask = async (): Promise<void> => {
    const mine = ++asked;
    const data = new FormData();
    for (const [name, value] of new FormData(form))
      if (name === "csrf_token" || names.includes(name.split(".")[0] ?? "")) data.append(name, value);
    try {
      const answer = await fetch(box.dataset.alike ?? "", { method: "POST", body: data });
      if (answer.ok && !answer.redirected && mine === asked) found.innerHTML = await answer.text();
    } catch {
      // No connection: the intake looks again when the form is complete.
    }
  };
  form.addEventListener("input", (event) => {
    const name = (event.target as HTMLInputElement | null)?.name ?? "";
    if (!names.includes(name.split(".")[0] ?? "")) return;
    window.clearTimeout(waits);
    waits = window.setTimeout(() => void ask(), PAUSE);
  });
  form.addEventListener("submit", () => window.clearTimeout(waits));
}
