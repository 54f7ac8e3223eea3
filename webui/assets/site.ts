// What every page may use; all of it works without.
import { keepDrafts, watchList, watchPerson } from "./desk";
import { watchForm } from "./forms";
import { watchKeys } from "./keys";
import { goOnward } from "./onward";

goOnward();
document.querySelectorAll<HTMLElement>(".siproc-form").forEach(watchForm);
watchList();
keepDrafts();
watchKeys();
watchPerson();

// What is heavy comes when somebody opens it, not before: officers pay for the data.
document.querySelectorAll<HTMLDetailsElement>("details[data-script]").forEach((fold) => {
  fold.addEventListener("toggle", () => {
    const { script = "", style = "" } = fold.dataset;
    if (document.querySelector(`script[src="${script}"]`)) return;
    document.head.append(
      Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }),
      Object.assign(document.createElement("script"), { src: script }),
    );
  });
});

// A second tap on "send" must not send twice while the first is on its slow way.
document.querySelectorAll<HTMLFormElement>("form[data-once]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll<HTMLFormElement>("form[data-once]").forEach((form) => delete form.dataset.sent);
});

document.querySelectorAll<HTMLSelectElement>("select[data-submit]").forEach((select) => {
  select.addEventListener("change", () => select.form?.requestSubmit());
});

// Something is under way: look again in a moment.
const waiting = document.querySelector<HTMLElement>("[data-look-again]");
if (waiting) window.setTimeout(() => window.location.reload(), 1000 * Number(waiting.dataset.lookAgain));
