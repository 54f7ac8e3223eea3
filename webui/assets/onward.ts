// A form is answered with the page that it leads to, in one round trip; the page gets its own address here.
export function goOnward(): void {
  const address = document.querySelector<HTMLMetaElement>("meta[name=address]")?.content;
  if (address) {
    history.replaceState(null, "", address);
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
    const button = event.submitter;
    const own = button?.hasAttribute("formaction") ? (button as HTMLButtonElement) : null;
    const to = new URL(own ? own.formAction : form.action);
    to.searchParams.set("onward", "1");
    if (own) own.formAction = to.href;
    else form.action = to.href;
  });
}
