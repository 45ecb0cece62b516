import "$/text/repair";
import { mount } from "svelte";
import "$/design/fonts.css";
import "$/design/tokens.css";
import "$/design/base.css";
import "$/design/parts.css";
import App from "./App.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target });
