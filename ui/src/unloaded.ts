/** A script of the page did not come: there is nothing yet that could say so in style. */
export function tellUnloaded(target: HTMLElement, error: unknown): void {
  const told = document.createElement("p");
  told.className = "unloaded";
  told.setAttribute("role", "alert");
  told.textContent = "A part of the page did not load. See that what serves it still runs. Load this page again.";
  target.append(told);
  console.error(error);
}
