// Shows how far an export has come, or a list that is loaded; without it the same is done, only nobody sees it grow.
"use strict";

for (const form of document.querySelectorAll("form[data-progress]")) {
    const status = form.querySelector(".vt-under-way");
    const bar = status.querySelector("progress");
    const rows = status.querySelector("span");
    const cutOff = form.querySelector(".vt-cut-off");

    const look = async () => {
        const told = await (await fetch(form.dataset.progress)).json();
        // What is loaded is on its way for a while before anything can be told of it.
        if (told.cut_off || (told.rows === null && !("upload" in form.dataset))) {
            status.hidden = true;
            cutOff.hidden = !told.cut_off;
            return;
        }
        if (told.rows !== null) {
            bar.max = told.most ?? bar.max;
            bar.value = told.rows;
            rows.textContent = told.rows.toLocaleString(document.documentElement.lang);
        }
        setTimeout(look, 500);
    };

    form.addEventListener("submit", () => {
        status.hidden = false;
        cutOff.hidden = true;
        setTimeout(look, 500);
    });
}
