/** All panels in chosen states, without a map: for those who change how they look. `npm run dev`, then /gallery.html?state=pair */
import { mount } from "svelte";
import "../styles/index.css";
import Gallery from "./Gallery.svelte";

const asked = new URLSearchParams(location.search);
document.documentElement.dataset["theme"] = asked.get("theme") ?? "light";
mount(Gallery, { target: document.getElementById("app")!, props: { state: asked.get("state") ?? "start" } });
