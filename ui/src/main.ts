import { mount } from "svelte";
import App from "./App.svelte";
import { ServerSource } from "./data/server";
import { pageHost } from "./state/host";
import { Session } from "./state/session.svelte";
import "./render/names.css";
import "./styles/index.css";

const target = document.getElementById("app");
if (target) {
  const session = new Session(new ServerSource(), pageHost());
  session.prepare();
  mount(App, { target, props: { session } });
}
