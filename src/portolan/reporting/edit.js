const bar = document.getElementById("edit-bar");
const [edit, save] = bar.querySelectorAll("button");
const texts = document.querySelectorAll("[data-key]");
bar.hidden = false;
save.hidden = true;
function setEditing(on) {
  for (const text of texts) {
    if (on) text.setAttribute("contenteditable", "true");
    else text.removeAttribute("contenteditable");
  }
  save.hidden = !on;
  bar.classList.toggle("on", on);
  edit.textContent = on ? "Stop editing" : "Edit texts";
}
edit.addEventListener("click", () => setEditing(save.hidden));
save.addEventListener("click", () => {
  setEditing(false);
  bar.hidden = true;
  const page = "<!doctype html>\n" + document.documentElement.outerHTML;
  bar.hidden = false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([page], { type: "text/html" }));
  link.download = decodeURIComponent(location.pathname.split("/").pop() || "report.html");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
